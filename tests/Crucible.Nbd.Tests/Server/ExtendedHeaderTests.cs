using System.Buffers.Binary;

namespace Crucible.Nbd.Tests.Server;

public sealed class ExtendedHeaderTests
{
    private const int PayloadLength = 32;

    [Fact]
    public async Task Writes_reads_and_block_status_go_with_lengths_of_64_bits()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = served.Connect();
        client.Begin();
        Assert.Equal(1u, client.Ask(11));
        Assert.Equal(1u, client.Ask(10, [0, 0, 0, 4, .. "disk"u8, 0, 0, 0, 2, 0, 0, 0, 15, .. "base:allocation"u8, 0, 0, 0, 17, .. "crucible:replicas"u8]));
        client.Go("disk");

        client.Send([.. Head(1, 0, 512, PayloadLength), .. Enumerable.Repeat((byte)5, 512)]);
        Assert.Equal((0ul, 1, 0, 0), Summary(Chunk(client)));

        client.Send(Head(0, 256, 512));
        Assert.Equal((256ul, 0, 1, 8 + 256), Summary(Chunk(client)));
        var hole = Chunk(client);
        Assert.Equal((256ul, 1, 2, 12), Summary(hole));
        Assert.Equal([0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 1, 0], hole.Payload);

        // Of the whole export, and only the allocation.
        client.Send([.. Head(7, 0, 12, PayloadLength), 0, 0, 0, 0, 0, 7, 0xd0, 0, 0, 0, 0, 1]);
        var status = Chunk(client);
        Assert.Equal((0ul, 1, 6, 8 + 32), Summary(status));
        Assert.Equal(
            [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 3],
            status.Payload);

        client.Send([.. Head(7, 0, 12, PayloadLength), 0, 0, 0, 0, 0, 7, 0xd0, 0, 0, 0, 0, 9]);
        var refused = Chunk(client);
        Assert.Equal((0x8001, 22u), (refused.Type, BinaryPrimitives.ReadUInt32BigEndian(refused.Payload)));
        client.Send(Head(6, 0, 512_000));
        Assert.Equal((0ul, 1, 0, 0), Summary(Chunk(client)));
    }

    private static byte[] Head(int command, ulong offset, ulong length, int flags = 0)
    {
        byte[] head = [0x21, 0xe4, 0x1c, 0x71, 0, (byte)flags, 0, (byte)command, .. new byte[24]];
        BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(16), offset);
        BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(24), length);
        return head;
    }

    private static (ulong Offset, int Flags, int Type, byte[] Payload) Chunk(NbdClient client)
    {
        var head = client.Take(32);
        Assert.Equal(0x6e8a278cu, BinaryPrimitives.ReadUInt32BigEndian(head));
        return (
            BinaryPrimitives.ReadUInt64BigEndian(head.AsSpan(16)), BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(4)),
            BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(6)), client.Take((int)BinaryPrimitives.ReadUInt64BigEndian(head.AsSpan(24))));
    }

    private static (ulong Offset, int Flags, int Type, int PayloadBytes) Summary((ulong Offset, int Flags, int Type, byte[] Payload) chunk) =>
        (chunk.Offset, chunk.Flags, chunk.Type, chunk.Payload.Length);
}
