using Crucible.Nbd.Tests.Conformance.Peers;
using Crucible.Nbd.Tests.Conformance.Raw;
using Crucible.Nbd.Tests.Conformance.Running;

namespace Crucible.Nbd.Tests.Conformance.Cases;

/// <summary>READ, WRITE, FLUSH, FUA, CACHE and DISC as they are meant to be used.</summary>
public sealed class ReadAndWriteCases(Exports exports) : Conversations(exports)
{
    [Conformance]
    public async Task What_is_written_is_read_by_simple_replies(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var client = await OldClientAsync(export);

        await ExpectWrittenIsReadAsync(client, export.TakeArea());
    }

    [Conformance]
    public async Task What_is_written_is_read_by_structured_replies(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var client = await NewClientAsync(export);

        await ExpectWrittenIsReadAsync(client, export.TakeArea());
    }

    [Conformance]
    public async Task What_was_never_written_reads_as_zeroes(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var client = await OldClientAsync(export);

        Assert.Equal(new byte[1 << 20], await client.ReadAsync(export.TakeArea(), 1 << 20));
    }

    [Conformance]
    public async Task What_was_never_written_comes_as_a_hole(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var client = await NewClientAsync(export);

        var answer = await client.AskAsync(Command.Read, export.TakeArea(), 1 << 20);

        Assert.Equal(new byte[1 << 20], answer.Data);
        Assert.Contains(answer.Chunks, c => c.Type == Chunk.Hole);
        Assert.DoesNotContain(answer.Chunks, c => c.Type == Chunk.Data);
    }

    [Conformance]
    public async Task Data_among_holes_is_read_in_its_place(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var client = await NewClientAsync(export);
        var data = Bytes.Pattern(1, 64 << 10);
        await client.WriteAsync(area + (128 << 10), data);
        await client.WriteAsync(area + (512 << 10), data);

        var read = await client.ReadAsync(area, 1 << 20);

        var expected = new byte[1 << 20];
        data.CopyTo(expected, 128 << 10);
        data.CopyTo(expected, 512 << 10);
        Assert.Equal(expected, read);
    }

    [Conformance]
    public async Task A_READ_that_must_not_be_fragmented_comes_in_one_chunk(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var client = await NewClientAsync(export);
        Assert.True(client.Flags.HasFlag(ExportFlags.DontFragment));
        await client.WriteAsync(area + 4096, Bytes.Pattern(2, 4096));

        var read = await client.ReadAsync(area, 64 << 10, CommandFlag.DontFragment);

        Assert.Equal(Bytes.Of(new byte[4096], Bytes.Pattern(2, 4096), new byte[56 << 10]), read);
    }

    [Conformance]
    public async Task DF_is_not_offered_to_clients_without_structured_replies(Peer peer)
    {
        await using var client = await OldClientAsync(await ExportAsync(peer));

        Assert.False(client.Flags.HasFlag(ExportFlags.DontFragment));
        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.Read, 0, 512, CommandFlag.DontFragment));
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task Ranges_of_any_alignment_are_read_and_written(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var client = await NewClientAsync(export);
        var model = Bytes.Pattern(3, 64 << 10);
        await client.WriteAsync(area, model);

        foreach (var (at, length) in new[] { (511, 1), (511, 2), (0, 1), (4095, 1), (4095, 2), (4096, 1), (5000, 10_000), (1, 65_534), (8191, 4098) })
        {
            var piece = Bytes.Pattern(at, length);
            await client.WriteAsync(area + (ulong)at, piece);
            piece.CopyTo(model, at);
            Assert.Equal(piece, await client.ReadAsync(area + (ulong)at, length));
        }

        Assert.Equal(model, await client.ReadAsync(area, model.Length));
    }

    [Conformance]
    public async Task The_last_byte_of_the_disk_is_written_and_read(Peer peer)
    {
        await using var client = await NewClientAsync(await ExportAsync(peer));

        await client.WriteAsync(client.Size - 1, [0xA5]);

        Assert.Equal(Bytes.Of(new byte[510], new byte[] { 0xA5 })[^2..], await client.ReadAsync(client.Size - 2, 2));
        await client.WriteAsync(client.Size - 1, [0]);
    }

    [Conformance]
    public async Task Requests_of_exactly_32_MiB_are_served(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea(Numbers.LargestPayload);
        var data = Bytes.Pattern(4, Numbers.LargestPayload);
        await using var old = await OldClientAsync(export);
        await using var structured = await NewClientAsync(export);

        await old.WriteAsync(area, data);

        foreach (var client in new[] { old, structured })
        {
            var read = await client.ReadAsync(area, data.Length);
            Assert.True(data.AsSpan().SequenceEqual(read));
        }
    }

    [Conformance]
    public async Task FLUSH_and_FUA_are_accepted_wherever_they_are_allowed(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var client = await OldClientAsync(export);
        var data = Bytes.Pattern(5, 4096);

        await client.WriteAsync(area, data, CommandFlag.Fua);
        await client.RequireAsync(Command.WriteZeroes, area + 4096, 4096, CommandFlag.Fua);
        await client.RequireAsync(Command.Trim, area + 8192, 4096, CommandFlag.Fua);
        await client.RequireAsync(Command.Flush, 0, 0);

        // On a command that writes nothing it means nothing, and is to be taken all the same.
        Assert.Equal(data, await client.ReadAsync(area, 4096, CommandFlag.Fua));
        await client.RequireAsync(Command.Flush, 0, 0, CommandFlag.Fua);
    }

    [Conformance]
    public async Task CACHE_is_offered_and_changes_nothing(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var client = await OldClientAsync(export);
        Assert.True(client.Flags.HasFlag(ExportFlags.Cache));
        var data = Bytes.Pattern(6, 4096);
        await client.WriteAsync(area, data);

        await client.RequireAsync(Command.Cache, area, 1 << 20);

        Assert.Equal(Bytes.Of(data, new byte[4096]), await client.ReadAsync(area, 8192));
    }

    [Conformance]
    public async Task DISC_ends_the_connection_after_what_was_asked_before_it(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        var data = Bytes.Pattern(7, 256 << 10);
        await using var client = await OldClientAsync(export);

        await client.Connection.SendAsync(Bytes.Of(
            client.Encode(Command.Write, area, (ulong)data.Length, payload: data), client.Encode(Command.Disconnect, 0, 0)));

        if (!await client.Connection.IsClosedAsync())
        {
            await client.Connection.ReceiveAsync(15);
            await client.Connection.ExpectEndAsync();
        }

        await using var next = await OldClientAsync(export);
        Assert.Equal(data, await next.ReadAsync(area, data.Length));
    }

    private static async Task ExpectWrittenIsReadAsync(Client client, ulong area)
    {
        foreach (var length in new[] { 512, 4096, 128 << 10, 1 << 20 })
        {
            var data = Bytes.Pattern(length, length);
            await client.WriteAsync(area, data);
            Assert.Equal(data, await client.ReadAsync(area, length));
        }

        await client.LeaveAsync();
    }
}
