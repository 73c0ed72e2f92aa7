using System.Buffers;

namespace MessagePack.Tests;

public sealed class AllocationTests
{
    private const int Rounds = 1_000;

    [Fact]
    public void Writing_and_reading_a_header_allocates_nothing()
    {
        var output = new ArrayBufferWriter<byte>(256);
        WriteHeader(output);
        var bytes = output.WrittenMemory.ToArray().AsMemory();
        var segmented = Segments.Split(bytes, 5);
        var expected = ReadHeader(new MessagePackReader(bytes));
        Assert.Equal(expected, ReadHeader(new MessagePackReader(segmented)));

        var before = GC.GetAllocatedBytesForCurrentThread();
        var sum = 0UL;
        for (var round = 0; round < Rounds; round++)
        {
            output.ResetWrittenCount();
            WriteHeader(output);
            sum += ReadHeader(new MessagePackReader(bytes));
            sum += ReadHeader(new MessagePackReader(segmented));
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.Equal(2 * Rounds * expected, sum);
    }

    private static void WriteHeader(IBufferWriter<byte> output)
    {
        var writer = new MessagePackWriter(output);
        writer.WriteArrayHeader(8);
        writer.Write(7);
        writer.Write(123_456_789_012UL);
        writer.Write(-5);
        writer.Write(2.5);
        writer.Write("trace");
        writer.Write("0123456789abcdef"u8);
        writer.WriteNil();
        writer.WriteBinHeader(1 << 20);
        writer.Flush();
    }

    private static ulong ReadHeader(MessagePackReader reader)
    {
        var sum = (ulong)reader.ReadArrayHeader() + reader.ReadByte() + reader.ReadUInt64();
        sum += (ulong)-reader.ReadInt64();
        sum += (ulong)reader.ReadDouble();
        if (reader.TryReadStringSpan(out var text))
        {
            sum += (ulong)text.Length;
        }
        else
        {
            // It lies in several segments.
            reader.Skip();
            sum += 5;
        }

        sum += (ulong)reader.ReadBytes()!.Value.Length;
        reader.ReadNil();
        return sum + (ulong)reader.ReadBinHeader();
    }
}
