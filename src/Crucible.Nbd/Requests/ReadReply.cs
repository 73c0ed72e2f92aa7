using Crucible.Upstairs;

namespace Crucible.Nbd;

/// <summary>Writes the reply of a read, with the data in place and, where the client can be told, without the zeroes that nobody keeps.</summary>
internal static class ReadReply
{
    /// <summary>Data in more stretches than this goes as one: the heads of many chunks cost more than the zeroes between them.</summary>
    private const int MaxRuns = 128;

    /// <param name="encoder">Of the session.</param>
    /// <param name="outbox">Where it goes; the buffer is only pointed at.</param>
    /// <param name="request">The read.</param>
    /// <param name="buffer">All that was read.</param>
    /// <param name="runs">What it is made of; null: the client wants plain data.</param>
    public static void Write(in ReplyEncoder encoder, ReplyOutbox outbox, in NbdRequest request, BlockBuffer buffer, BlockRuns? runs)
    {
        var whole = (int)request.Length;
        if (runs is null || runs.Count > MaxRuns || (runs.Count > 1 && request.Has(NbdCommandFlags.DontFragment)))
        {
            Write(encoder, outbox, request, buffer, 0, whole, isData: true);
            return;
        }

        // Neighbours that are both zeroes, of whichever kind, are one hole.
        var (start, end, isData) = (0, 0, false);
        foreach (var run in runs)
        {
            if (end > start && isData != (run.Allocation == BlockAllocation.Data))
            {
                Write(encoder, outbox, request, buffer, start, end, isData);
                start = end;
            }

            isData = run.Allocation == BlockAllocation.Data;
            end += (int)run.LengthBytes;
        }

        Invariant.Require(end == whole);
        Write(encoder, outbox, request, buffer, start, end, isData);
    }

    private static void Write(
        in ReplyEncoder encoder, ReplyOutbox outbox, in NbdRequest request, BlockBuffer buffer, int start, int end, bool isData)
    {
        var (offset, length) = (request.Offset + (ulong)start, end - start);
        var isLast = end == (int)request.Length;
        if (isData)
        {
            encoder.WriteData(outbox.Written, request, offset, (uint)length, isLast);
            outbox.AddData(buffer, start, length);
        }
        else
        {
            encoder.WriteHole(outbox.Written, request, offset, (uint)length, isLast);
        }
    }
}
