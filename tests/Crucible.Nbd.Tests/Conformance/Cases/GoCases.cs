using System.Numerics;
using System.Text;
using Crucible.Nbd.Tests.Conformance.Peers;
using Crucible.Nbd.Tests.Conformance.Raw;
using Crucible.Nbd.Tests.Conformance.Running;

namespace Crucible.Nbd.Tests.Conformance.Cases;

/// <summary>INFO and GO: what an export is like, and the way in that new clients take.</summary>
public sealed class GoCases(Exports exports) : Conversations(exports)
{
    [Conformance]
    public async Task GO_describes_the_export_and_goes_on_to_transmission(Peer peer)
    {
        await using var client = await OldClientAsync(await ExportAsync(peer));

        Assert.Equal((ulong)Export.SizeBytes, client.Size);
        Assert.True(client.Flags.HasFlag(ExportFlags.HasFlags | ExportFlags.Flush | ExportFlags.Fua | ExportFlags.Trim | ExportFlags.WriteZeroes));
        Assert.False(client.Flags.HasFlag(ExportFlags.ReadOnly));
        await client.ExpectUsableAsync();
        await client.LeaveAsync();
    }

    [Conformance]
    public async Task After_GO_come_no_zeroes_even_where_the_client_did_not_decline_them(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer, flags: Handshake.FixedNewstyle);

        await using var client = await haggler.GoAsync();

        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task GO_to_the_empty_name_is_the_default_export(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer);

        await using var client = await haggler.GoAsync("");

        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task GO_to_an_unknown_export_is_refused_and_survived(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);

        Assert.Equal(Answered.Unknown, await haggler.AskForOneAsync(Option.Go, Bytes.ForGo(Export.NoName)));

        await using var client = await haggler.GoAsync();
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task INFO_about_an_unknown_export_is_refused_and_survived(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);

        Assert.Equal(Answered.Unknown, await haggler.AskForOneAsync(Option.Info, Bytes.ForGo(Export.NoName)));

        await using var client = await haggler.GoAsync();
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task INFO_tells_what_GO_tells_and_stays_with_the_options(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);
        var question = Bytes.ForGo(Export.Name, Info.Name, Info.BlockSize);

        var first = await haggler.AskAsync(Option.Info, question);
        var second = await haggler.AskAsync(Option.Info, question);
        var entered = await haggler.AskAsync(Option.Go, question);

        Assert.Equal(Describe(first), Describe(second));
        Assert.Equal(Describe(first), Describe(entered));
        await using var client = new Client(haggler.Connection, ReplyStyle.Simple, Export.SizeBytes, default);
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task The_name_is_told_to_who_asks(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);

        var name = InfoOf(await haggler.AskAsync(Option.Info, Bytes.ForGo(Export.Name, Info.Name)), Info.Name);

        Assert.Equal(Export.Name, Encoding.UTF8.GetString(name.AsSpan(2)));
    }

    [Conformance]
    public async Task A_description_is_told_to_who_asks(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);

        var description = InfoOf(await haggler.AskAsync(Option.Info, Bytes.ForGo(Export.Name, Info.Description)), Info.Description);

        Assert.InRange(description.Length, 3, 4096);
    }

    [Conformance]
    public async Task The_block_sizes_are_told_to_who_asks(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);

        var sizes = InfoOf(await haggler.AskAsync(Option.Info, Bytes.ForGo(Export.Name, Info.BlockSize)), Info.BlockSize);

        Assert.Equal(14, sizes.Length);
        var (smallest, preferred, largest) = (Bytes.U32(sizes, 2), Bytes.U32(sizes, 6), Bytes.U32(sizes, 10));
        Assert.True(BitOperations.IsPow2(smallest) && smallest <= 1 << 16, $"smallest {smallest}");
        Assert.True(BitOperations.IsPow2(preferred) && preferred >= Math.Max(smallest, 512), $"preferred {preferred}");
        Assert.InRange(largest, (uint)Numbers.LargestPayload, uint.MaxValue);
    }

    [Conformance]
    public async Task Unknown_requests_for_information_are_ignored(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);

        var replies = await haggler.AskAsync(Option.Info, Bytes.ForGo(Export.Name, 0xBEEF, Info.Export, 77));

        Assert.Equal(Answered.Ack, replies[^1].Type);
        Assert.Equal(12, InfoOf(replies, Info.Export).Length);
    }

    [Conformance]
    public Task GO_without_data_is_invalid_and_survived(Peer peer) => ExpectInvalidAsync(peer, []);

    [Conformance]
    public Task GO_with_less_than_its_fixed_part_is_invalid_and_survived(Peer peer) => ExpectInvalidAsync(peer, Bytes.Of(0u, new byte[1]));

    [Conformance]
    public Task GO_with_a_name_that_ends_beyond_the_data_is_invalid_and_survived(Peer peer) =>
        ExpectInvalidAsync(peer, Bytes.Of(5u, "disk", (ushort)0));

    [Conformance]
    public Task GO_with_a_name_of_4_GiB_is_invalid_and_survived(Peer peer) =>
        ExpectInvalidAsync(peer, Bytes.Of(uint.MaxValue, "disk", (ushort)0));

    [Conformance]
    public Task GO_with_fewer_requests_than_it_says_is_invalid_and_survived(Peer peer) =>
        ExpectInvalidAsync(peer, Bytes.Of(4u, "disk", (ushort)2, Info.BlockSize));

    [Conformance]
    public Task GO_with_bytes_after_its_requests_is_invalid_and_survived(Peer peer) =>
        ExpectInvalidAsync(peer, Bytes.Of(4u, "disk", (ushort)1, Info.BlockSize, "and more"));

    [Conformance]
    public async Task GO_with_a_name_longer_than_any_may_be_is_an_error_and_survived(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer);

        Assert.NotEqual(0u, Answered.Error & await haggler.AskForOneAsync(Option.Go, Bytes.ForGo(new string('x', 4097))));

        await haggler.RequireAsync(Option.List);
    }

    [Conformance]
    public async Task GO_with_a_name_that_is_no_text_is_an_error_and_survived(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer);

        Assert.NotEqual(0u, Answered.Error & await haggler.AskForOneAsync(Option.Go, Bytes.Of(4u, new byte[] { 0xFF, 0, 0xC0, 0x80 }, (ushort)0)));

        await haggler.RequireAsync(Option.List);
    }

    private async Task ExpectInvalidAsync(Peer peer, byte[] data)
    {
        await using var haggler = await HaggleAsync(peer);

        Assert.Equal(Answered.Invalid, await haggler.AskForOneAsync(Option.Info, data));
        Assert.Equal(Answered.Invalid, await haggler.AskForOneAsync(Option.Go, data));

        await using var client = await haggler.GoAsync();
        await client.ExpectUsableAsync();
    }

    private static byte[] InfoOf(IReadOnlyList<OptionReply> replies, ushort type) =>
        replies.Single(r => r.Type == Answered.Info && r.InfoType == type).Data;

    // The order of the pieces is the server's business.
    private static IEnumerable<string> Describe(IReadOnlyList<OptionReply> replies) =>
        replies.Select(r => $"{r.Type}: {Convert.ToHexString(r.Data)}").Order(StringComparer.Ordinal);
}
