using Crucible.Nbd.Tests.Conformance.Peers;
using Crucible.Nbd.Tests.Conformance.Raw;
using Crucible.Nbd.Tests.Conformance.Running;

namespace Crucible.Nbd.Tests.Conformance.Cases;

/// <summary>Many requests at once on one connection, and clients that leave in the middle of one.</summary>
public sealed class InFlightCases(Exports exports) : Conversations(exports)
{
    private const int Requests = 64;
    private const int Block = 4096;

    [Conformance]
    public async Task Many_requests_are_answered_each_by_its_cookie(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var client = await NewClientAsync(export);
        var cookies = Enumerable.Range(0, Requests).Select(i => unchecked(((ulong)i * 0x9E3779B97F4A7C15) + 1)).ToArray();

        await client.Connection.SendAsync(Bytes.Of([.. cookies.Select((cookie, i) => (object)client.Encode(
            Command.Write, area + (ulong)(i * Block), Block, payload: Bytes.Pattern(i, Block), cookie: cookie))]));
        var written = await AnswersAsync(client);
        await client.Connection.SendAsync(Bytes.Of([.. cookies.Reverse().Select((cookie, i) => (object)client.Encode(
            Command.Read, area + (ulong)(i * Block), Block, cookie: cookie))]));
        var read = await AnswersAsync(client);

        Assert.Equal(cookies.Order(), written.Select(a => a.Asked.Cookie).Order());
        Assert.Equal(cookies.Order(), read.Select(a => a.Asked.Cookie).Order());
        Assert.All(read, a => Assert.Equal(Bytes.Pattern((int)((a.Asked.Offset - area) / Block), Block), a.Data));
    }

    [Conformance]
    public async Task Requests_of_all_kinds_mix(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        var (client, _) = await StatusClientAsync(export);
        await using var owned = client;

        await client.Connection.SendAsync(Bytes.Of([.. Enumerable.Range(0, Requests).Select(i => (object)((i % 8) switch
        {
            0 => client.Encode(Command.Write, area + (ulong)(i * Block), Block, payload: Bytes.Pattern(i, Block)),
            1 => client.Encode(Command.Read, area + (ulong)(i * Block), Block),
            2 => client.Encode(Command.Flush, 0, 0),
            3 => client.Encode(Command.Trim, area + (ulong)(i * Block), Block),
            4 => client.Encode(Command.WriteZeroes, area + (ulong)(i * Block), Block),
            5 => client.Encode(Command.BlockStatus, area + (ulong)(i * Block), Block),
            6 => client.Encode(Command.Write, area + (ulong)(i * Block) + 13, 700, CommandFlag.Fua, Bytes.Pattern(i, 700)),
            _ => client.Encode(Command.Unknown, 0, 0),
        }))]));
        var answers = await AnswersAsync(client);

        Assert.All(answers, a => Assert.Equal(a.Asked.Type == Command.Unknown ? Errno.Invalid : Errno.None, a.Error));
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task A_cookie_used_twice_at_once_comes_back_twice(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var client = await OldClientAsync(export);
        await client.WriteAsync(area, Bytes.Pattern(1, Block));

        await client.Connection.SendAsync(Bytes.Of(
            client.Encode(Command.Read, area, Block, cookie: 7), client.Encode(Command.Read, area, Block, cookie: 7)));

        Assert.Equal(Bytes.Pattern(1, Block), (await client.AnswerAsync()).Data);
        Assert.Equal(Bytes.Pattern(1, Block), (await client.AnswerAsync()).Data);
    }

    [Conformance]
    public async Task Cookies_of_any_bits_come_back_as_they_were(Peer peer)
    {
        await using var client = await OldClientAsync(await ExportAsync(peer));

        foreach (var cookie in new[] { 0ul, ulong.MaxValue, 0x6744669800000000ul, 0x8000000000000001 })
        {
            await client.Connection.SendAsync(client.Encode(Command.Flush, 0, 0, cookie: cookie));
            Assert.Equal(cookie, (await client.AnswerAsync()).Asked.Cookie);
        }
    }

    [Conformance]
    public async Task A_client_that_vanishes_after_half_a_header_does_no_harm(Peer peer) =>
        await ExpectHarmlessAsync(await ExportAsync(peer), client => client.Encode(Command.Read, 0, 512)[..13]);

    [Conformance]
    public async Task A_client_that_vanishes_after_the_header_of_a_WRITE_does_no_harm(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();

        await ExpectHarmlessAsync(export, client => client.Encode(Command.Write, area, 1 << 20));
    }

    [Conformance]
    public async Task A_client_that_vanishes_after_half_a_payload_writes_nothing(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();

        await ExpectHarmlessAsync(export, client => client.Encode(Command.Write, area, 1 << 20, payload: Bytes.Pattern(1, 1 << 19)));

        await using var reader = await OldClientAsync(export);
        Assert.Equal(new byte[1 << 20], await reader.ReadAsync(area, 1 << 20));
    }

    [Conformance]
    public async Task A_client_that_vanishes_before_its_answers_does_no_harm(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea(16 << 20);

        await ExpectHarmlessAsync(export, client => Bytes.Of([.. Enumerable.Range(0, 16).Select(
            _ => (object)client.Encode(Command.Read, area, 1 << 20))]));
    }

    [Conformance]
    public async Task A_client_that_says_no_more_gets_its_answers(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var client = await OldClientAsync(export);
        var data = Bytes.Pattern(3, Block);
        await client.WriteAsync(area, data);

        await client.Connection.SendAsync(client.Encode(Command.Read, area, Block));
        client.Connection.EndSending();

        Assert.Equal(data, (await client.AnswerAsync()).Data);
        await client.Connection.ExpectEndAsync();
    }

    private static async Task ExpectHarmlessAsync(Export export, Func<Client, byte[]> send)
    {
        await using var bystander = await OldClientAsync(export);
        for (var i = 0; i < 3; i++)
        {
            await using var client = await OldClientAsync(export);
            await client.Connection.SendAsync(send(client));
        }

        await bystander.ExpectUsableAsync();
        await ExpectServingAsync(export);
    }

    private static async Task<List<Answer>> AnswersAsync(Client client)
    {
        var answers = new List<Answer>();
        while (answers.Count < Requests)
        {
            answers.Add(await client.AnswerAsync());
        }

        return answers;
    }
}
