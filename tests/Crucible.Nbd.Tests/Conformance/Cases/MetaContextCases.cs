using Crucible.Nbd.Tests.Conformance.Peers;
using Crucible.Nbd.Tests.Conformance.Raw;
using Crucible.Nbd.Tests.Conformance.Running;

namespace Crucible.Nbd.Tests.Conformance.Cases;

/// <summary>SET_META_CONTEXT and LIST_META_CONTEXT.</summary>
public sealed class MetaContextCases(Exports exports) : Conversations(exports)
{
    private const string Base = "base:allocation";

    [Conformance]
    public async Task SET_before_structured_replies_is_invalid_and_survived(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer);

        Assert.Equal(Answered.Invalid, await haggler.AskForOneAsync(Option.SetMetaContext, Bytes.ForContexts(Export.Name, Base)));

        await using var client = await haggler.GoAsync();
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task LIST_before_structured_replies_is_answered_or_invalid_and_survived(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer);

        var replies = await haggler.AskAsync(Option.ListMetaContext, Bytes.ForContexts(Export.Name));

        Assert.Contains(replies[^1].Type, new[] { Answered.Ack, Answered.Invalid });
        await using var client = await haggler.GoAsync();
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task SET_selects_base_allocation(Peer peer)
    {
        await using var haggler = await StructuredAsync(peer);

        Assert.Equal([Base], (await haggler.SelectAsync(Export.Name, Base)).Keys);
    }

    [Conformance]
    public async Task SET_selects_nothing_for_no_query_an_unknown_one_or_a_wildcard(Peer peer)
    {
        await using var haggler = await StructuredAsync(peer);

        Assert.Empty(await haggler.SelectAsync(Export.Name));
        Assert.Empty(await haggler.SelectAsync(Export.Name, "base:no-such-leaf"));
        Assert.Empty(await haggler.SelectAsync(Export.Name, "x-unheard-of:everything", "base:"));
    }

    [Conformance]
    public async Task SET_takes_what_it_knows_from_among_what_it_does_not(Peer peer)
    {
        await using var haggler = await StructuredAsync(peer);

        var contexts = await haggler.SelectAsync(Export.Name, "x-unheard-of:a", Base, "base:b");

        Assert.Equal([Base], contexts.Keys);
    }

    [Conformance]
    public async Task SET_selects_once_what_is_asked_for_twice(Peer peer)
    {
        await using var haggler = await StructuredAsync(peer);

        Assert.Equal([Base], (await haggler.SelectAsync(Export.Name, Base, Base)).Keys);
    }

    [Conformance]
    public async Task SET_for_an_unknown_export_is_refused_and_survived(Peer peer)
    {
        await using var haggler = await StructuredAsync(peer);

        Assert.Equal(Answered.Unknown, await haggler.AskForOneAsync(Option.SetMetaContext, Bytes.ForContexts(Export.NoName, Base)));

        await using var client = await haggler.GoAsync(style: ReplyStyle.Structured);
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task A_later_SET_replaces_an_earlier_one(Peer peer)
    {
        await using var haggler = await StructuredAsync(peer);
        await haggler.SelectAsync(Export.Name, Base);
        await haggler.SelectAsync(Export.Name);

        await using var client = await haggler.GoAsync(style: ReplyStyle.Structured);

        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.BlockStatus, 0, 4096));
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task A_SET_that_fails_leaves_nothing_selected(Peer peer)
    {
        await using var haggler = await StructuredAsync(peer);
        await haggler.SelectAsync(Export.Name, Base);
        Assert.Equal(Answered.Invalid, await haggler.AskForOneAsync(Option.SetMetaContext, Bytes.Of(4u, "disk", 1u)));

        await using var client = await haggler.GoAsync(style: ReplyStyle.Structured);

        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.BlockStatus, 0, 4096));
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task What_was_selected_for_one_name_does_not_hold_for_another(Peer peer)
    {
        await using var haggler = await StructuredAsync(peer);
        await haggler.SelectAsync(Export.Name, Base);

        await using var client = await haggler.GoAsync("", ReplyStyle.Structured);

        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.BlockStatus, 0, 4096));
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task LIST_without_a_query_names_base_allocation(Peer peer) => Assert.Contains(Base, await ListAsync(peer));

    [Conformance]
    public async Task LIST_of_the_namespace_names_base_allocation(Peer peer) => Assert.Equal([Base], await ListAsync(peer, "base:"));

    [Conformance]
    public async Task LIST_of_an_exact_name_names_it(Peer peer) => Assert.Equal([Base], await ListAsync(peer, Base));

    [Conformance]
    public async Task LIST_of_unknown_names_names_none(Peer peer) => Assert.Empty(await ListAsync(peer, "base:none", "x-unheard-of:"));

    [Conformance]
    public async Task LIST_for_an_unknown_export_is_refused_and_survived(Peer peer)
    {
        await using var haggler = await StructuredAsync(peer);

        Assert.Equal(Answered.Unknown, await haggler.AskForOneAsync(Option.ListMetaContext, Bytes.ForContexts(Export.NoName)));

        await haggler.RequireAsync(Option.List);
    }

    [Conformance]
    public async Task LIST_selects_nothing(Peer peer)
    {
        await using var haggler = await StructuredAsync(peer);
        await haggler.RequireAsync(Option.ListMetaContext, Bytes.ForContexts(Export.Name, Base));

        await using var client = await haggler.GoAsync(style: ReplyStyle.Structured);

        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.BlockStatus, 0, 4096));
    }

    [Conformance]
    public Task Without_data_they_are_invalid(Peer peer) => ExpectInvalidAsync(peer, []);

    [Conformance]
    public Task With_a_name_that_ends_beyond_the_data_they_are_invalid(Peer peer) => ExpectInvalidAsync(peer, Bytes.Of(100u, "disk", 0u));

    [Conformance]
    public Task Without_a_count_of_queries_they_are_invalid(Peer peer) => ExpectInvalidAsync(peer, Bytes.Of(4u, "disk"));

    [Conformance]
    public Task With_fewer_queries_than_announced_they_are_invalid(Peer peer) =>
        ExpectInvalidAsync(peer, Bytes.Of(4u, "disk", 2u, 15u, Base));

    [Conformance]
    public Task With_a_query_that_ends_beyond_the_data_they_are_invalid(Peer peer) =>
        ExpectInvalidAsync(peer, Bytes.Of(4u, "disk", 1u, 16u, Base));

    [Conformance]
    public Task With_a_query_of_4_GiB_they_are_invalid(Peer peer) => ExpectInvalidAsync(peer, Bytes.Of(4u, "disk", 1u, uint.MaxValue, Base));

    [Conformance]
    public async Task With_bytes_after_the_queries_they_are_invalid_or_those_ignored(Peer peer)
    {
        await using var haggler = await StructuredAsync(peer);
        var data = Bytes.Of(4u, "disk", 1u, 15u, Base, "and more");

        foreach (var option in new[] { Option.ListMetaContext, Option.SetMetaContext })
        {
            Assert.Contains((await haggler.AskAsync(option, data))[^1].Type, new[] { Answered.Ack, Answered.Invalid });
        }

        await using var client = await haggler.GoAsync(style: ReplyStyle.Structured);
        await client.ExpectUsableAsync();
    }

    private async Task<Haggler> StructuredAsync(Peer peer)
    {
        var haggler = await HaggleAsync(peer);
        await haggler.RequireAsync(Option.StructuredReply);
        return haggler;
    }

    private async Task<IReadOnlyList<string>> ListAsync(Peer peer, params string[] queries)
    {
        await using var haggler = await StructuredAsync(peer);
        var replies = await haggler.AskAsync(Option.ListMetaContext, Bytes.ForContexts(Export.Name, queries));
        Assert.Equal(Answered.Ack, replies[^1].Type);
        Assert.All(replies.SkipLast(1), r => Assert.Equal(Answered.MetaContext, r.Type));
        return [.. replies.SkipLast(1).Select(r => r.ContextName)];
    }

    private async Task ExpectInvalidAsync(Peer peer, byte[] data)
    {
        await using var haggler = await StructuredAsync(peer);

        // Contexts may have been named before the server came to what is wrong; they don't count.
        Assert.Equal(Answered.Invalid, (await haggler.AskAsync(Option.ListMetaContext, data))[^1].Type);
        Assert.Equal(Answered.Invalid, (await haggler.AskAsync(Option.SetMetaContext, data))[^1].Type);

        await using var client = await haggler.GoAsync(style: ReplyStyle.Structured);
        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.BlockStatus, 0, 4096));
        await client.ExpectUsableAsync();
    }
}
