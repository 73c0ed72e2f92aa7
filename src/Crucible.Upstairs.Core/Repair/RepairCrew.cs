using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// Several chunks under repair at once, so that no replica idles while another answers. It routes answers to the chunk that
/// waits for them; who walks over which region is its owner's to say.
/// </summary>
internal sealed class RepairCrew
{
    private readonly ChunkRepair[] _chunks;

    public RepairCrew(RepairScope scope, int size)
    {
        _chunks = new ChunkRepair[size];
        for (var i = 0; i < size; i++)
        {
            _chunks[i] = new ChunkRepair(scope);
        }
    }

    public ReadOnlySpan<ChunkRepair> Chunks => _chunks;

    public bool IsBusy
    {
        get
        {
            foreach (var chunk in _chunks)
            {
                if (!chunk.IsIdle)
                {
                    return true;
                }
            }

            return false;
        }
    }

    public bool WaitsFor(ReplicaId replica)
    {
        foreach (var chunk in _chunks)
        {
            if (chunk.WaitsFor(replica))
            {
                return true;
            }
        }

        return false;
    }

    public void Touch(BlockIndex start, uint count)
    {
        foreach (var chunk in _chunks)
        {
            chunk.Touch(start, count);
        }
    }

    /// <summary>Null: not asked for; else whether the answer can be one.</summary>
    public bool? OnContexts(ReplicaId replica, in ContextsAckHeader ack)
    {
        foreach (var chunk in _chunks)
        {
            if (chunk.AwaitsContexts(replica, ack.Job))
            {
                return chunk.OnContexts(replica, ack.Result, ack.Contexts.Span);
            }
        }

        return null;
    }

    /// <summary>The chunk that waits for these blocks.</summary>
    public ChunkRepair? FindReader(ReplicaId replica, JobId job)
    {
        foreach (var chunk in _chunks)
        {
            if (chunk.AwaitsBlocks(replica, job))
            {
                return chunk;
            }
        }

        return null;
    }

    /// <summary>The chunk that waits for this acknowledgement.</summary>
    public ChunkRepair? FindWriter(ReplicaId replica, JobId job)
    {
        foreach (var chunk in _chunks)
        {
            if (chunk.AwaitsAck(replica, job))
            {
                return chunk;
            }
        }

        return null;
    }

    /// <summary>Gives back what involves a replica; all of it where none is named.</summary>
    public void Abandon(RegionWalk walk, ReplicaId? replica = null)
    {
        foreach (var chunk in _chunks)
        {
            if (chunk.IsBusy && (replica is null || chunk.Involves(replica.Value)))
            {
                walk.GiveBack(chunk.Chunk);
                chunk.Abandon();
            }
        }
    }
}
