namespace Crucible.Upstairs;

/// <summary>
/// Mends what a read found damaged: the blocks are compared among the active replicas, data and all, and copied to the one
/// whose are bad (I6). Bounded: what does not fit waits for the next read or scrub to find it.
/// </summary>
internal sealed class Healing
{
    private const int MaxWaiting = 256;

    private readonly RepairScope _scope;
    private readonly ReplicaSet _replicas;
    private readonly RepairCrew _crew;
    private readonly Queue<Chunk> _waiting = new();

    public Healing(RepairScope scope, ReplicaSet replicas)
    {
        _scope = scope;
        _replicas = replicas;
        _crew = new RepairCrew(scope, 1);
    }

    public RepairCrew Crew => _crew;

    /// <summary>Blocks mended.</summary>
    public ulong MendedBlocks { get; private set; }

    /// <summary>A read of these blocks was answered with damage.</summary>
    public void Add(BlockIndex start, uint count)
    {
        var extent = _scope.Definition.ExtentOf(start);
        var chunk = new Chunk(extent.Value, (uint)(start.Value - _scope.Definition.FirstBlockOf(extent).Value), count);
        if (_waiting.Count < MaxWaiting && !_waiting.Contains(chunk) && !(_crew.Chunks[0].IsBusy && _crew.Chunks[0].Chunk == chunk))
        {
            _waiting.Enqueue(chunk);
        }
    }

    /// <summary>A replica is not active any more.</summary>
    public void OnLost(Replica replica)
    {
        var chunk = _crew.Chunks[0];
        if (chunk.Involves(replica.Id))
        {
            chunk.Abandon();
            _waiting.Enqueue(chunk.Chunk);
        }
    }

    /// <summary>Goes on as far as it can. It rests while fewer than two replicas are active.</summary>
    public void Advance()
    {
        var chunk = _crew.Chunks[0];
        if (chunk.IsDone)
        {
            MendedBlocks += chunk.CopiedBlocks;
            chunk.Collect();
        }

        if (chunk.IsIdle && _waiting.Count > 0 && _replicas.ActiveMask is { Count: >= 2 } active)
        {
            chunk.Begin(_waiting.Dequeue(), active, source: null, target: null, verify: true, pace: null);
        }
    }
}
