using Crucible.Nbd.Tests.Conformance.Peers;
using Crucible.Nbd.Tests.Conformance.Raw;
using Crucible.Nbd.Tests.Conformance.Running;

namespace Crucible.Nbd.Tests.Conformance.Cases;

/// <summary>Many connections to one export (I9: a read sees every write acknowledged before it, over any connection).</summary>
public sealed class ManyConnectionCases(Exports exports) : Conversations(exports)
{
    private const int Connections = 128;
    private const int Block = 4096;

    [Conformance]
    public async Task Clients_may_use_several_connections(Peer peer)
    {
        await using var client = await OldClientAsync(await ExportAsync(peer));

        Assert.True(client.Flags.HasFlag(ExportFlags.MultiConnection));
    }

    [Conformance]
    public async Task I9_A_write_acknowledged_on_one_connection_is_read_on_another(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var writer = await OldClientAsync(export);
        await using var reader = await NewClientAsync(export);

        for (var round = 0; round < 50; round++)
        {
            var data = Bytes.Pattern(round, 1000 + round);
            await writer.WriteAsync(area + 511, data);
            Assert.Equal(data, await reader.ReadAsync(area + 511, data.Length));
        }
    }

    [Conformance]
    public async Task I9_Among_128_connections_each_reads_what_the_others_were_acknowledged(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        var clients = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => NewClientAsync(export)));

        for (var round = 1; round <= 4; round++)
        {
            var turn = round;
            await Task.WhenAll(clients.Select((c, i) => c.WriteAsync(area + (ulong)(i * Block), Bytes.Pattern((turn * Connections) + i, Block))));
            await Task.WhenAll(clients.Select(async (c, i) =>
            {
                var other = (i + (turn * 37)) % Connections;
                Assert.Equal(Bytes.Pattern((turn * Connections) + other, Block), await c.ReadAsync(area + (ulong)(other * Block), Block));
            }));
        }

        await Task.WhenAll(clients.Select(c => c.LeaveAsync()));
        await Task.WhenAll(clients.Select(c => c.DisposeAsync().AsTask()));
    }

    [Conformance]
    public async Task Small_writes_of_many_clients_into_one_block_do_not_undo_each_other(Peer peer)
    {
        const int Writers = 8;
        const int Piece = 100;
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        var clients = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => OldClientAsync(export)));

        await Task.WhenAll(clients.Select(async (c, i) =>
        {
            for (var round = 0; round < 50; round++)
            {
                await c.WriteAsync(area + (ulong)(i * Piece), Bytes.Pattern((round * Writers) + i, Piece));
            }
        }));

        var expected = Bytes.Of([.. Enumerable.Range(0, Writers).Select(i => (object)Bytes.Pattern((49 * Writers) + i, Piece))]);
        Assert.Equal(expected, await clients[0].ReadAsync(area, expected.Length));
        await Task.WhenAll(clients.Select(c => c.DisposeAsync().AsTask()));
    }

    [Conformance]
    public async Task A_silent_client_keeps_nobody_waiting(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var beforeFlags = await RawConnection.ConnectAsync(export.Address);
        await using var beforeOptions = await Haggler.BeginAsync(export);
        await using var beforeRequests = await OldClientAsync(export);
        await using var withinRequest = await OldClientAsync(export);
        await withinRequest.Connection.SendAsync(withinRequest.Encode(Command.Write, export.TakeArea(), 4096).AsMemory(0, 20));

        await ExpectServingAsync(export);
    }
}
