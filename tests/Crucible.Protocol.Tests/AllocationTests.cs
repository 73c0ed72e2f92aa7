namespace Crucible.Protocol.Tests;

public sealed class AllocationTests
{
    [Fact]
    public void Encoding_and_decoding_a_write_its_acknowledgement_and_a_read_allocate_nothing()
    {
        var dependencies = Samples.Dependencies(1000, 1001, 1004);
        var write = new WriteHeader(new Generation(3), JobId.First, dependencies, new BlockIndex(8), 1, new byte[16], default);
        var acknowledgement = new JobAckHeader(JobId.First, ErrorCode.None);
        var read = new ReadHeader(new Generation(3), JobId.First, dependencies, new BlockIndex(8), 1, default);
        var buffer = new HeaderBuffer();

        Rounds(10);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Rounds(10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Rounds(int count)
        {
            for (var i = 0; i < count; i++)
            {
                Assert.True(RoundTrip(buffer, write, 512).BlockCount == 1);
                Assert.True(RoundTrip(buffer, acknowledgement, 0) == acknowledgement);
                Assert.True(RoundTrip(buffer, read, 0) == read);
            }
        }
    }

    private static T RoundTrip<T>(HeaderBuffer buffer, in T header, int payloadBytes)
        where T : struct, IWireHeader<T>
    {
        buffer.Clear();
        FrameEncoder.Append(buffer, header, payloadBytes);
        var prefix = FramePrefix.Read(buffer.Written);
        return FrameHeader.Open(
            buffer.Written[..FramePrefix.SizeBytes],
            buffer.Array.AsMemory(FramePrefix.SizeBytes, prefix.HeaderBytes),
            (int)prefix.PayloadBytes).Read<T>();
    }
}
