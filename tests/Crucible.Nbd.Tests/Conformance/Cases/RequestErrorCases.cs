using Crucible.Nbd.Tests.Conformance.Peers;
using Crucible.Nbd.Tests.Conformance.Raw;
using Crucible.Nbd.Tests.Conformance.Running;

namespace Crucible.Nbd.Tests.Conformance.Cases;

/// <summary>Requests that can't be served: the right error, on a connection that stays usable wherever that is possible.</summary>
public sealed class RequestErrorCases(Exports exports) : Conversations(exports)
{
    private const uint NoMemory = 12;

    // Who meets a request that it can't understand may still say so before it closes.
    private const int MostOfAnError = 200;

    [Conformance]
    public async Task An_unknown_command_is_invalid_and_survived(Peer peer)
    {
        await using var client = await NewClientAsync(await ExportAsync(peer));

        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.Unknown, 0, 512));
        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(ushort.MaxValue, 0, 0));

        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task Unknown_flags_are_invalid_and_survived(Peer peer)
    {
        await using var client = await OldClientAsync(await ExportAsync(peer));

        foreach (var command in new[] { Command.Read, Command.Trim, Command.WriteZeroes, Command.Flush, Command.Cache })
        {
            Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(command, 0, command == Command.Flush ? 0ul : 512, CommandFlag.Unknown));
        }

        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task Flags_of_another_command_are_invalid_and_survived(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var client = await NewClientAsync(export);

        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.Read, area, 512, CommandFlag.NoHole));
        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.Read, area, 512, CommandFlag.OnlyOne));
        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.Trim, area, 512, CommandFlag.FastZero));
        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.WriteZeroes, area, 512, CommandFlag.DontFragment));

        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task A_WRITE_with_an_unknown_flag_is_invalid_and_its_payload_is_no_request(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var client = await OldClientAsync(export);

        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.Write, area, 100_000, CommandFlag.Unknown, Bytes.Pattern(1, 100_000)));

        Assert.Equal(new byte[512], await client.ReadAsync(area, 512));
    }

    [Conformance]
    public async Task A_READ_beyond_the_end_is_invalid_and_survived(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var structured = await NewClientAsync(export);
        await using var old = await OldClientAsync(export);

        foreach (var client in new[] { structured, old })
        {
            Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.Read, client.Size, 512));
            Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.Read, client.Size - 512, 1024));
            Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.Read, ulong.MaxValue - 511, 1024));
            await client.ExpectUsableAsync();
        }
    }

    [Conformance]
    public async Task A_WRITE_beyond_the_end_finds_no_space_and_is_survived(Peer peer)
    {
        await using var client = await NewClientAsync(await ExportAsync(peer));

        Assert.Equal(Errno.NoSpace, await client.ErrorOfAsync(Command.Write, client.Size, 512, payload: new byte[512]));
        Assert.Equal(Errno.NoSpace, await client.ErrorOfAsync(Command.Write, client.Size - 512, 70_000, payload: new byte[70_000]));
        Assert.Equal(Errno.NoSpace, await client.ErrorOfAsync(Command.Write, ulong.MaxValue - 511, 1024, payload: new byte[1024]));

        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task WRITE_ZEROES_beyond_the_end_finds_no_space_and_is_survived(Peer peer)
    {
        await using var client = await NewClientAsync(await ExportAsync(peer));

        Assert.Equal(Errno.NoSpace, await client.ErrorOfAsync(Command.WriteZeroes, client.Size, 512));
        Assert.Equal(Errno.NoSpace, await client.ErrorOfAsync(Command.WriteZeroes, client.Size - 512, 1024));

        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task TRIM_and_CACHE_beyond_the_end_are_invalid_and_survived(Peer peer)
    {
        await using var client = await NewClientAsync(await ExportAsync(peer));

        foreach (var command in new[] { Command.Trim, Command.Cache })
        {
            Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(command, client.Size, 512));
            Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(command, client.Size - 512, 1024));
            Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(command, ulong.MaxValue - 511, 1024));
        }

        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task Requests_of_no_length_are_answered_and_survived(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var old = await OldClientAsync(export);
        var (status, _) = await StatusClientAsync(export);
        await using var owned = status;

        // What the answer is, the protocol leaves open.
        foreach (var command in new[] { Command.Read, Command.Write, Command.Trim, Command.WriteZeroes, Command.Cache })
        {
            await old.AskAsync(command, 4096, 0);
        }

        await status.AskAsync(Command.BlockStatus, 4096, 0);

        await old.ExpectUsableAsync();
        await status.ExpectUsableAsync();
    }

    [Conformance]
    public async Task A_READ_of_more_than_any_server_allows_is_an_error_and_survived(Peer peer)
    {
        await using var client = await NewClientAsync(await ExportAsync(peer));

        Assert.Contains(
            await client.ErrorOfAsync(Command.Read, 0, 512ul << 20), new[] { Errno.Invalid, Errno.Overflow, NoMemory });

        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task A_WRITE_of_more_than_any_server_allows_is_an_error_or_ends_the_connection(Peer peer)
    {
        const int Huge = 80 << 20;
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var client = await OldClientAsync(export);

        await client.Connection.SendToUnwillingAsync(client.Encode(Command.Write, area, Huge, payload: new byte[Huge]));

        if (!await client.Connection.IsClosedAsync())
        {
            // A byte of the reply's magic is read already.
            var rest = await client.Connection.ReceiveAsync(15);
            Assert.NotEqual(Errno.None, Bytes.U32(rest, 3));
        }

        await ExpectServingAsync(export);
    }

    [Conformance]
    public async Task A_request_with_a_wrong_magic_ends_the_connection(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var client = await OldClientAsync(export);
        var request = client.Encode(Command.Read, 0, 512);
        request[0] ^= 1;

        await client.Connection.SendToUnwillingAsync(request);

        await client.Connection.ExpectEndAsync(MostOfAnError);
        await ExpectServingAsync(export);
    }

    [Conformance]
    public async Task A_request_with_the_extended_magic_that_nobody_agreed_upon_ends_the_connection(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var client = await NewClientAsync(export);

        await client.Connection.SendToUnwillingAsync(Bytes.Of(Numbers.ExtendedRequest, (ushort)0, Command.Read, 1ul, 0ul, 512ul));

        await client.Connection.ExpectEndAsync(MostOfAnError);
        await ExpectServingAsync(export);
    }
}
