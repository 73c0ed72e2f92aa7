using System.Buffers;

namespace MessagePack.Tests;

/// <summary>Sequences of many small segments, with an empty one before, between and after them.</summary>
internal static class Segments
{
    public static ReadOnlySequence<byte> Split(ReadOnlyMemory<byte> bytes, int segmentBytes)
    {
        var first = new Segment(ReadOnlyMemory<byte>.Empty, runningIndex: 0);
        var last = first;
        while (!bytes.IsEmpty)
        {
            var size = Math.Min(segmentBytes, bytes.Length);
            last = last.Append(bytes[..size]).Append(ReadOnlyMemory<byte>.Empty);
            bytes = bytes[size..];
        }

        last = last.Append(ReadOnlyMemory<byte>.Empty);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex)
        {
            Memory = memory;
            RunningIndex = runningIndex;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
