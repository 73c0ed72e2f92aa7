using System.Buffers.Binary;
using System.Text;

namespace Crucible.Nbd.Tests.Server;

public sealed class HoleTests
{
    private const uint Hole = 3;
    private const uint Zero = 2;
    private const uint Data = 0;

    [Fact]
    public async Task A_read_of_holes_and_data_comes_in_chunks_that_leave_the_zeroes_out()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = await WithHolesAsync(served);

        client.Request(0, 9, 100, 4096);

        // Data from 512 to 1536, then zeroes that were written, and then nothing.
        var (first, data, rest) = (client.Chunk(), client.Chunk(), client.Chunk());
        Assert.Equal((9ul, 0, 2), (first.Cookie, first.Flags, first.Type));
        Assert.Equal((100ul, 412u), HoleOf(first.Payload));
        Assert.Equal((9ul, 0, 1), (data.Cookie, data.Flags, data.Type));
        Assert.Equal([0, 0, 0, 0, 0, 0, 2, 0, .. Enumerable.Repeat((byte)7, 1024)], data.Payload);
        Assert.Equal((9ul, 1, 2), (rest.Cookie, rest.Flags, rest.Type));
        Assert.Equal((1536ul, 2660u), HoleOf(rest.Payload));
    }

    [Fact]
    public async Task A_read_that_must_not_be_fragmented_is_one_chunk()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = await WithHolesAsync(served);

        client.Request(0, 9, 0, 2048, flags: 4);
        var mixed = client.Chunk();
        Assert.Equal((1, 1, 2056), (mixed.Flags, mixed.Type, mixed.Payload.Length));
        client.Request(0, 9, 4096, 2048, flags: 4);
        var empty = client.Chunk();
        Assert.Equal((1, 2), (empty.Flags, empty.Type));
        Assert.Equal((4096ul, 2048u), HoleOf(empty.Payload));
    }

    [Fact]
    public async Task Block_status_tells_holes_zeroes_and_data_and_how_the_replicas_are()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = await WithHolesAsync(served);

        client.Request(7, 9, 256, 8192);

        var (allocation, replicas) = (client.Chunk(), client.Chunk());
        Assert.Equal((0, 5), (allocation.Flags, allocation.Type));
        Assert.Equal([(256, Hole), (1024, Data), (1024, Zero), (5888, Hole)], Descriptors(allocation.Payload, 1));
        Assert.Equal((1, 5), (replicas.Flags, replicas.Type));
        Assert.Equal([(8192, 0b111u)], Descriptors(replicas.Payload, 2));
    }

    [Fact]
    public async Task Block_status_of_one_descriptor_has_one()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = await WithHolesAsync(served);

        client.Request(7, 9, 600, 8192, flags: 8);

        Assert.Equal([(936, Data)], Descriptors(client.Chunk().Payload, 1));
        Assert.Equal([(8192, 0b111u)], Descriptors(client.Chunk().Payload, 2));
    }

    [Fact]
    public async Task A_replica_that_is_away_is_not_told_as_in_sync()
    {
        await using var served = await ServedVolume.BeginAsync();
        var client = await WithHolesAsync(served);
        served.Downstairs[1].Dispose();
        Assert.True(SpinWait.SpinUntil(
            () => served.Volume.GetStatus().Replicas[1].State != Crucible.Upstairs.ReplicaState.Active, TimeSpan.FromSeconds(30)));

        client.Request(7, 9, 0, 512, flags: 8);

        client.Chunk();
        Assert.Equal([(512, 0b101u)], Descriptors(client.Chunk().Payload, 2));
    }

    // Data in blocks 1 and 2, zeroes in 3 and 4, and nothing elsewhere.
    private static async Task<NbdClient> WithHolesAsync(ServedVolume served)
    {
        await served.Volume.WriteAsync(512, Enumerable.Repeat((byte)7, 1024).ToArray());
        await served.Volume.WriteZeroesAsync(1536, 1024);
        var client = served.Connect();
        client.Begin();
        Assert.Equal(1u, client.Ask(8));
        Assert.Equal(1u, client.Ask(10, [.. Text("disk"), 0, 0, 0, 2, .. Text("base:allocation"), .. Text("crucible:replicas")]));
        client.Go("disk");
        return client;
    }

    private static byte[] Text(string text) => [0, 0, 0, (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    private static (ulong Offset, uint Length) HoleOf(byte[] payload) =>
        (BinaryPrimitives.ReadUInt64BigEndian(payload), BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(8)));

    private static List<(int Length, uint Status)> Descriptors(byte[] payload, uint context)
    {
        Assert.Equal(context, BinaryPrimitives.ReadUInt32BigEndian(payload));
        var descriptors = new List<(int, uint)>();
        for (var at = 4; at < payload.Length; at += 8)
        {
            descriptors.Add((BinaryPrimitives.ReadInt32BigEndian(payload.AsSpan(at)), BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(at + 4))));
        }

        return descriptors;
    }
}
