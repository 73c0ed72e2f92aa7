using System.Buffers.Binary;

namespace Crucible.Storage;

/// <summary>
/// Looks for records all over the ring, also where no record before leads to them: they bear witness of what the journal
/// held once.
/// </summary>
internal sealed class RingSurvey(JournalWindow window, JournalRing ring, RegionIdentity region, Checkpoint checkpoint)
{
    private const int SearchBytes = 1 << 20;
    private const int MagicOffset = 8;

    private static ReadOnlySpan<byte> Magic => "CRJ1"u8;

    /// <summary>Positions from here on lie where the head does, a lap later.</summary>
    private ulong Lap => checkpoint.Head + ring.Bytes;

    /// <summary>
    /// Whether the ring holds a record that only a newer checkpoint could have let in: of a later epoch, or on the lap
    /// after this checkpoint's head. Only asked when a slot is damaged.
    /// </summary>
    public bool HasNewerRecords()
    {
        for (var at = 0UL; TryFind(ref at, ring.Bytes, out var header); at += RecordHeader.Alignment)
        {
            if ((header.Epoch > checkpoint.Epoch || header.Position >= Lap)
                && ring.OffsetOf(header.Position) == ring.OffsetOf(at))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Whether records that were durable are missing from <paramref name="end"/> on, where replay ended. A tail that a crash
    /// has torn was never durable, and so no record can say that it was; damage in the middle leaves records behind it that
    /// do: each says how far the journal was durable when it was made.
    /// </summary>
    /// <param name="durable">What the checkpoint and the records before the end say was durable.</param>
    public bool IsCutShort(ulong end, ulong durable)
    {
        if (durable > end)
        {
            return true;
        }

        for (var at = end; TryFind(ref at, Lap, out var header); at += RecordHeader.Alignment)
        {
            if (IsOfThisLap(header, at) && header.Durable > end)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// What a region that was cut short at <paramref name="end"/> still knows of itself: it is a mixture of unknown age and
    /// no source, but as a witness it remembers the last flush that it had made durable, and the highest generation.
    /// Jobs of guests are sent only under a generation in which a quorum is in sync: it remembers that generation, too, for one
    /// of an older one that is there beside it may be stale.
    /// </summary>
    public RegionState Witness(RegionState state, ulong end, ulong durable)
    {
        for (var at = end; TryFind(ref at, Lap, out var header); at += RecordHeader.Alignment)
        {
            durable = IsOfThisLap(header, at) ? Math.Max(durable, header.Durable) : durable;
        }

        var flush = default(RecordHeader);
        var promise = default(RecordHeader);
        var generation = state.PromisedGeneration;
        var served = state.InSyncGeneration;
        for (var at = end; TryFind(ref at, Lap, out var header); at += RecordHeader.Alignment)
        {
            if (!IsOfThisLap(header, at))
            {
                continue;
            }

            generation = header.Generation > generation ? header.Generation : generation;
            promise = header.Kind == RecordKind.Promote ? header : promise;
            flush = header.Kind == RecordKind.Flush && at < durable && PositionOf(header).CompareTo(PositionOf(flush)) > 0 ? header : flush;
            served = IsOfGuest(header.Kind) && header.Generation > served ? header.Generation : served;
            state = header.Kind == RecordKind.Volume ? state with { Volume = new VolumeId(header.Argument) } : state;
        }

        var position = PositionOf(flush);
        var isFurther = position.CompareTo(state.Position) > 0;
        return state with
        {
            Repairing = true,
            InSyncGeneration = served,
            PromisedGeneration = generation,
            PromisedSession = generation == state.PromisedGeneration ? state.PromisedSession
                : generation == promise.Generation ? new SessionId(promise.Argument) : default,
            Position = isFurther ? position : state.Position,
            FlushGeneration = isFurther ? flush.Generation : state.FlushGeneration,
            FlushNumber = isFurther ? flush.FlushNumber : state.FlushNumber,
        };
    }

    private static ReplicaPosition PositionOf(in RecordHeader header) => new(header.Generation, header.Job);

    private static bool IsOfGuest(RecordKind kind) =>
        kind is RecordKind.Write or RecordKind.WriteZeroes or RecordKind.Discard or RecordKind.Flush;

    /// <summary>Whether it is of an epoch that could have appended it there, and of this lap of the ring.</summary>
    private bool IsOfThisLap(in RecordHeader header, ulong at) =>
        header.Position == at
        && (at >= checkpoint.EpochStart ? header.Epoch == checkpoint.Epoch : header.Epoch <= checkpoint.Epoch);

    /// <summary>The next whole record head from <paramref name="at"/> on, which moves to it.</summary>
    private bool TryFind(ref ulong at, ulong end, out RecordHeader header)
    {
        header = default;
        while (at < end)
        {
            var bytes = window.At(at, (int)Math.Min(SearchBytes, end - at));
            if (bytes.IsEmpty)
            {
                return false;
            }

            var found = bytes.Length <= MagicOffset ? -1 : bytes[MagicOffset..].IndexOf(Magic);
            if (found < 0)
            {
                // The magic could begin in the last bytes looked at; and after a lap's end comes the next lap's start.
                at += ring.ToEnd(at) > (ulong)bytes.Length && bytes.Length > RecordHeader.SizeBytes
                    ? (ulong)(bytes.Length & -RecordHeader.Alignment) - RecordHeader.Alignment
                    : (ulong)bytes.Length;
                continue;
            }

            at += (ulong)found;
            if (at % RecordHeader.Alignment == 0 && TryRead(at, out header))
            {
                return at < end;
            }

            at += RecordHeader.Alignment - (at % RecordHeader.Alignment);
        }

        return false;
    }

    private bool TryRead(ulong at, out RecordHeader header)
    {
        header = default;
        var bytes = window.At(at, RecordHeader.SizeBytes);
        if (bytes.Length < RecordHeader.SizeBytes
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != RecordHeader.Magic
            || !RecordHeader.TryRead(bytes, out header))
        {
            return false;
        }

        var length = RecordHeader.SizeBytes + header.ContextBytes;
        bytes = window.At(at, length);
        return bytes.Length == length && RecordHeader.IsSealed(bytes, region.Seed);
    }
}
