using Crucible.Nbd.Tests.Conformance.Peers;
using Crucible.Nbd.Tests.Conformance.Raw;
using Crucible.Nbd.Tests.Conformance.Running;

namespace Crucible.Nbd.Tests.Conformance.Cases;

/// <summary>STRUCTURED_REPLY, EXTENDED_HEADERS, STARTTLS where there is no TLS, options that nobody knows, and odd ways to send them.</summary>
public sealed class OtherOptionCases(Exports exports) : Conversations(exports)
{
    [Conformance]
    public async Task STRUCTURED_REPLY_is_acknowledged(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer);

        Assert.Equal(Answered.Ack, await haggler.AskForOneAsync(Option.StructuredReply));

        await using var client = await haggler.GoAsync(style: ReplyStyle.Structured);
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task STRUCTURED_REPLY_with_data_is_invalid_and_agrees_upon_nothing(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer);

        Assert.Equal(Answered.Invalid, await haggler.AskForOneAsync(Option.StructuredReply, Bytes.Of("data")));

        await using var client = await haggler.GoAsync(style: ReplyStyle.Simple);
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task STRUCTURED_REPLY_asked_for_again_changes_nothing(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer);
        await haggler.RequireAsync(Option.StructuredReply);

        Assert.Contains(await haggler.AskForOneAsync(Option.StructuredReply), new[] { Answered.Ack, Answered.Invalid });

        await using var client = await haggler.GoAsync(style: ReplyStyle.Structured);
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task STARTTLS_is_refused_and_survived_where_there_is_no_TLS(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer);

        Assert.Contains(await haggler.AskForOneAsync(Option.StartTls), new[] { Answered.Unsupported, Answered.Policy });

        await using var client = await haggler.GoAsync();
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task EXTENDED_HEADERS_is_acknowledged_or_unsupported(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer);

        Assert.Contains(await haggler.AskForOneAsync(Option.ExtendedHeaders), new[] { Answered.Ack, Answered.Unsupported });

        await haggler.RequireAsync(Option.List);
    }

    [Conformance]
    public async Task EXTENDED_HEADERS_with_data_is_an_error_and_agrees_upon_nothing(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer);

        Assert.Contains(
            await haggler.AskForOneAsync(Option.ExtendedHeaders, Bytes.Of("data")), new[] { Answered.Invalid, Answered.Unsupported });

        await using var client = await haggler.GoAsync(style: ReplyStyle.Simple);
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task Unknown_options_with_and_without_data_are_unsupported_and_survived(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer);

        Assert.Equal(Answered.Unsupported, await haggler.AskForOneAsync(Option.Unknown));
        Assert.Equal(Answered.Unsupported, await haggler.AskForOneAsync(Option.Unknown, Bytes.Of("x")));
        Assert.Equal(Answered.Unsupported, await haggler.AskForOneAsync(Option.Unknown, Bytes.Pattern(1, 5000)));
        Assert.Equal(Answered.Unsupported, await haggler.AskForOneAsync(0));
        Assert.Equal(Answered.Unsupported, await haggler.AskForOneAsync(Option.PeekExport));
        Assert.Equal(Answered.Unsupported, await haggler.AskForOneAsync(12));

        await using var client = await haggler.GoAsync();
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task An_option_of_a_megabyte_is_an_error_or_ends_the_connection(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);

        await haggler.Connection.SendToUnwillingAsync(Bytes.ForOption(Option.Unknown, new byte[1 << 20]));

        if (!await haggler.Connection.IsClosedAsync())
        {
            var rest = await haggler.Connection.ReceiveAsync(19);
            Assert.NotEqual(0u, Answered.Error & Bytes.U32(rest, 11));
        }

        await ExpectServingAsync(export);
    }

    [Conformance]
    public async Task An_option_that_announces_4_GiB_and_vanishes_does_no_harm(Peer peer)
    {
        var export = await ExportAsync(peer);
        foreach (var option in new[] { Option.Unknown, Option.Go, Option.List, Option.ExportName, Option.SetMetaContext, Option.Abort })
        {
            await using var haggler = await Haggler.BeginAsync(export);
            await haggler.Connection.SendToUnwillingAsync(Bytes.Of(Numbers.HaveOption, option, uint.MaxValue, new byte[4096]));
        }

        await ExpectServingAsync(export);
    }

    [Conformance]
    public async Task Options_that_arrive_in_one_packet_are_answered_in_turn(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);

        await haggler.Connection.SendAsync(Bytes.Of(
            Bytes.ForOption(Option.List),
            Bytes.ForOption(Option.Unknown, Bytes.Of("data")),
            Bytes.ForOption(Option.StructuredReply),
            Bytes.ForOption(Option.Info, Bytes.ForGo(Export.NoName)),
            Bytes.ForOption(Option.Info, Bytes.ForGo(Export.Name))));

        Assert.Equal(Answered.Ack, (await haggler.RepliesAsync(Option.List))[^1].Type);
        Assert.Equal(Answered.Unsupported, (await haggler.RepliesAsync(Option.Unknown))[^1].Type);
        Assert.Equal(Answered.Ack, (await haggler.RepliesAsync(Option.StructuredReply))[^1].Type);
        Assert.Equal(Answered.Unknown, (await haggler.RepliesAsync(Option.Info))[^1].Type);
        Assert.Equal(Answered.Ack, (await haggler.RepliesAsync(Option.Info))[^1].Type);
    }

    [Conformance]
    public async Task Requests_that_arrive_together_with_GO_are_answered_after_it(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);
        await using var client = new Client(haggler.Connection, ReplyStyle.Simple, Export.SizeBytes, default);

        await haggler.Connection.SendAsync(Bytes.Of(
            Bytes.ForOption(Option.Go, Bytes.ForGo(Export.Name)),
            client.Encode(Command.Read, 0, 512)));

        Assert.Equal(Answered.Ack, (await haggler.RepliesAsync(Option.Go))[^1].Type);
        Assert.Equal(512, (await client.AnswerAsync()).Data.Length);
    }

    [Conformance]
    public async Task A_conversation_that_arrives_byte_by_byte_is_understood(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        var data = Bytes.Pattern(2, 100);
        await using var haggler = await Haggler.BeginAsync(export, isSlow: true);
        await using var client = new Client(haggler.Connection, ReplyStyle.Simple, Export.SizeBytes, default);

        await haggler.Connection.SendByteByByteAsync(Bytes.ForOption(Option.Go, Bytes.ForGo(Export.Name)));
        Assert.Equal(Answered.Ack, (await haggler.RepliesAsync(Option.Go))[^1].Type);
        await haggler.Connection.SendByteByByteAsync(Bytes.Of(
            client.Encode(Command.Write, area, 100, payload: data), client.Encode(Command.Read, area, 100)));

        // Neither waited for the other, so either may be answered first.
        Answer[] answers = [await client.AnswerAsync(), await client.AnswerAsync()];
        Assert.All(answers, a => Assert.Equal(Errno.None, a.Error));
        Assert.Equal(data, await client.ReadAsync(area, 100));
    }
}
