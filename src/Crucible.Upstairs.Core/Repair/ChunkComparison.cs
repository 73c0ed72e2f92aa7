using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// What replicas say of the blocks of one chunk, which blocks the guest wrote since they were asked, and so: which block of
/// which replica must be written, and from whom.
/// </summary>
internal sealed class ChunkComparison(RepairScope scope)
{
    private readonly byte[][] _contexts = new byte[ReplicaId.Count][];
    private readonly ulong[] _touched = new ulong[WireLimits.MaxBlocksPerJob / 64];
    private ReplicaMask _participants;
    private ReplicaMask _refused;
    private Replica? _source;
    private ReplicaMask _failed;
    private uint _failedIndex;

    /// <summary>Begins anew.</summary>
    /// <param name="participants">Whose contexts are compared.</param>
    /// <param name="source">Who is believed; null: what most of the participants say.</param>
    public void Begin(ReplicaMask participants, Replica? source)
    {
        _participants = participants;
        _refused = default;
        _source = source;
        _failed = default;
        Array.Clear(_touched);
    }

    public bool TakesPart(Replica replica) => _participants.Has(replica.Id);

    /// <summary>It could not tell its contexts as a whole.</summary>
    public bool HasRefused(Replica replica) => _refused.Has(replica.Id);

    /// <summary>The guest writes a block: it is none of ours any more.</summary>
    public void Touch(ulong index)
    {
        if (!Planted.Is(PlantedBug.DropRepairExclusion))
        {
            _touched[index / 64] |= 1UL << (int)(index % 64);
        }
    }

    public bool IsTouched(uint index) => (_touched[index / 64] & (1UL << (int)(index % 64))) != 0;

    /// <summary>A replica's contexts arrived.</summary>
    public void Take(ReplicaId replica, ReadOnlySpan<byte> contexts)
    {
        contexts.CopyTo(Own(replica));
    }

    /// <summary>A replica can't tell its contexts.</summary>
    public void Refuse(ReplicaId replica, uint count)
    {
        // No block's context looks like that: whatever the others hold differs, and this one is no source.
        Own(replica).AsSpan(0, (int)count * scope.Definition.ContextSizeBytes).Fill(0xff);
        _refused = _refused.With(replica);
    }

    /// <summary>A replica's block turned out not to be readable: another one with the same context may have it.</summary>
    public void MarkUnreadable(Replica replica, uint index)
    {
        _failed = _failedIndex == index ? _failed.With(replica.Id) : default(ReplicaMask).With(replica.Id);
        _failedIndex = index;
    }

    /// <summary>Whether what a replica holds of a block is known to be nobody's to tell.</summary>
    public bool IsLost(Replica replica, uint index)
    {
        var context = ContextOf(replica, index);
        return BlockContext.IsWellFormed(context) && BlockContext.State(context) == BlockState.Lost;
    }

    /// <summary>Blocks that no participant can tell.</summary>
    public uint CountBad(uint count)
    {
        var bad = 0U;
        for (var i = 0U; i < count; i++)
        {
            bad += IsTouched(i) || HolderOf(i) is not null ? 0U : 1U;
        }

        return bad;
    }

    /// <summary>
    /// Whether a replica's block is not what the holder of the right one says; <paramref name="holder"/> is null where nobody
    /// has a good one.
    /// </summary>
    public bool Differs(Replica target, uint index, out Replica? holder)
    {
        holder = IsTouched(index) ? target : HolderOf(index);
        return holder is null || (holder != target && !ContextOf(holder, index).SequenceEqual(ContextOf(target, index)));
    }

    private Replica? HolderOf(uint index)
    {
        var right = _source ?? MostVoted(index);
        return right is null || !IsGood(ContextOf(right, index)) ? null : ReadableLike(right, index);
    }

    // Whoever has the same context has the same block.
    private Replica? ReadableLike(Replica right, uint index)
    {
        if (_failed.IsEmpty || _failedIndex != index || !_failed.Has(right.Id))
        {
            return right;
        }

        foreach (var replica in scope.Replicas)
        {
            if (TakesPart(replica) && !_failed.Has(replica.Id) && ContextOf(replica, index).SequenceEqual(ContextOf(right, index)))
            {
                return replica;
            }
        }

        return null;
    }

    private Replica? MostVoted(uint index)
    {
        Replica? best = null;
        var bestVotes = 0;
        foreach (var replica in scope.Replicas)
        {
            if (TakesPart(replica) && IsGood(ContextOf(replica, index)) && VotesFor(replica, index) is var votes && votes > bestVotes)
            {
                (best, bestVotes) = (replica, votes);
            }
        }

        return best;
    }

    private int VotesFor(Replica replica, uint index)
    {
        var votes = 0;
        foreach (var other in scope.Replicas)
        {
            votes += TakesPart(other) && ContextOf(other, index).SequenceEqual(ContextOf(replica, index)) ? 1 : 0;
        }

        return votes;
    }

    private byte[] Own(ReplicaId replica) =>
        _contexts[replica.Value] ??= new byte[WireLimits.MaxBlocksPerJob * scope.Definition.ContextSizeBytes];

    private Span<byte> ContextOf(Replica replica, uint index)
    {
        var size = scope.Definition.ContextSizeBytes;
        return Own(replica.Id).AsSpan((int)index * size, size);
    }

    private static bool IsGood(ReadOnlySpan<byte> context) =>
        BlockContext.IsWellFormed(context) && BlockContext.State(context) != BlockState.Lost;
}
