using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// Makes one chunk alike on some replicas: asks all of them for its contexts at one point of the stream of jobs, and copies
/// the blocks that differ. Blocks that the guest writes meanwhile are left out: whoever takes part gets those writes anyway,
/// and a copy read before them would undo them. The one repair mechanism (DESIGN section 5).
/// <code>
///   Idle ──Begin──► Comparing ──► Copying (to one after the other) ──► Done
///                       └──────────────────────────────────────────────▲
/// </code>
/// </summary>
internal sealed class ChunkRepair
{
    private readonly RepairScope _scope;
    private readonly ChunkComparison _comparison;
    private readonly ChunkCopy _copy;
    private readonly JobId[] _asked = new JobId[ReplicaId.Count];
    private Step _step;
    private Chunk _chunk;
    private ReplicaMask _participants;
    private ReplicaMask _awaited;
    private Replica? _onlyTarget;
    private Replica? _target;
    private uint _untoldBlocks;

    public ChunkRepair(RepairScope scope)
    {
        _scope = scope;
        _comparison = new ChunkComparison(scope);
        _copy = new ChunkCopy(scope, _comparison);
    }

    private enum Step
    {
        Idle,
        Comparing,
        Copying,
        Done,
    }

    /// <summary>Nothing under way, and nothing to be collected.</summary>
    public bool IsIdle => _step == Step.Idle;

    /// <summary>The chunk is alike, but for what <see cref="BadBlocks"/> counts.</summary>
    public bool IsDone => _step == Step.Done;

    public bool IsBusy => _step is not (Step.Idle or Step.Done);

    public Chunk Chunk => _chunk;

    /// <summary>Blocks copied in this chunk.</summary>
    public uint CopiedBlocks => _copy.CopiedBlocks;

    /// <summary>Blocks that no replica could tell.</summary>
    public uint BadBlocks => _untoldBlocks + _copy.BadBlocks;

    /// <summary>Whether the chunk waits for an answer of this replica.</summary>
    public bool WaitsFor(ReplicaId replica) => _step switch
    {
        Step.Comparing => _awaited.Has(replica),
        Step.Copying => _copy.WaitsFor(replica),
        _ => false,
    };

    public bool Involves(ReplicaId replica) => IsBusy && (_participants.Has(replica) || _copy.CopiesFrom(replica));

    /// <summary>Begins a chunk.</summary>
    /// <param name="chunk">Which blocks.</param>
    /// <param name="participants">Whose contexts are compared; two at least.</param>
    /// <param name="source">Who is believed; null: what most of the participants say.</param>
    /// <param name="target">The only one that is changed; null: whoever differs.</param>
    /// <param name="verify">Have the replicas hold their data against their contexts too.</param>
    /// <param name="pace">Says when blocks may be copied; null: at once.</param>
    public void Begin(in Chunk chunk, ReplicaMask participants, Replica? source, Replica? target, bool verify, RepairPace? pace)
    {
        Invariant.Require(!IsBusy && chunk.Count is > 0 and <= WireLimits.MaxBlocksPerJob);
        _chunk = chunk;
        _participants = participants;
        _awaited = participants;
        _comparison.Begin(participants, source);
        _onlyTarget = target;
        _target = null;
        _untoldBlocks = 0;
        _copy.Reset(chunk, participants, isRepair: target is not null, pace);
        _step = Step.Comparing;
        foreach (var replica in _scope.Replicas)
        {
            if (participants.Has(replica.Id))
            {
                _asked[replica.Id.Value] = _scope.NextJob();
                _scope.Output.Send(replica.Id, new ReadContextsHeader(
                    _scope.Generation, _asked[replica.Id.Value], BlockAt(0), chunk.Count, verify));
            }
        }
    }

    /// <summary>Forgets the chunk; answers that still come are not its own any more.</summary>
    public void Abandon()
    {
        _step = Step.Idle;
        _copy.Abandon();
    }

    /// <summary>Takes a finished chunk's results.</summary>
    public void Collect()
    {
        Invariant.Require(IsDone);
        _step = Step.Idle;
    }

    /// <summary>A guest's job that changes blocks was issued.</summary>
    public void Touch(BlockIndex start, uint count)
    {
        if (!IsBusy)
        {
            return;
        }

        var first = BlockAt(0).Value;
        var from = Math.Max(start.Value, first);
        var to = Math.Min(start.Value + count, first + _chunk.Count);
        for (var block = from; block < to; block++)
        {
            _comparison.Touch(block - first);
        }
    }

    /// <summary>Whether a replica's contexts answer this chunk's question.</summary>
    public bool AwaitsContexts(ReplicaId replica, JobId job) =>
        _step == Step.Comparing && _awaited.Has(replica) && _asked[replica.Value] == job;

    /// <summary>Contexts arrived. False: they can't be those that were asked for.</summary>
    public bool OnContexts(ReplicaId replica, ErrorCode result, ReadOnlySpan<byte> contexts)
    {
        var length = (int)_chunk.Count * _scope.Definition.ContextSizeBytes;
        if (result == ErrorCode.None && contexts.Length != length)
        {
            return false;
        }

        if (result == ErrorCode.None)
        {
            _comparison.Take(replica, contexts);
        }
        else
        {
            _comparison.Refuse(replica, _chunk.Count);
        }

        _awaited = _awaited.Without(replica);
        if (_awaited.IsEmpty)
        {
            // In a repair they are counted when nobody else could tell them either.
            _untoldBlocks = _onlyTarget is null ? _comparison.CountBad(_chunk.Count) : 0;
            _step = Step.Copying;
            GoOn();
        }

        return true;
    }

    /// <summary>Goes on where copying had to wait for its turn.</summary>
    public void Resume()
    {
        if (_step == Step.Copying)
        {
            _copy.Resume();
            GoOn();
        }
    }

    /// <summary>The range of the read under way.</summary>
    public (BlockIndex Start, uint BlockCount) Run => _copy.Run;

    /// <summary>Whether a job is the read under way.</summary>
    public bool AwaitsBlocks(ReplicaId replica, JobId job) => _copy.AwaitsBlocks(replica, job);

    /// <summary>Blocks arrived and were held against their contexts; <paramref name="blocks"/> is given away.</summary>
    public void OnBlocks(ErrorCode result, ReadOnlyMemory<byte> contexts, BlockBuffer? blocks)
    {
        _copy.OnBlocks(result, contexts, blocks);
        GoOn();
    }

    /// <summary>Whether a job is the repair write under way.</summary>
    public bool AwaitsAck(ReplicaId replica, JobId job) => _copy.AwaitsAck(replica, job);

    /// <summary>The repair write was done; its failure is the target's, and ends the chunk from outside.</summary>
    public void OnWritten()
    {
        _copy.OnWritten();
        GoOn();
    }

    // Where one target has all that it needs, the next one's turn has come.
    private void GoOn()
    {
        while (!_copy.IsBusy)
        {
            _target = NextOf(_target);
            if (_target is null)
            {
                _step = Step.Done;
                return;
            }

            // One that could not even tell its contexts as a whole takes no copies either, unless it is the one under repair.
            if (_onlyTarget is not null || !_comparison.HasRefused(_target))
            {
                _copy.Begin(_target);
            }
        }
    }

    private Replica? NextOf(Replica? target)
    {
        if (_onlyTarget is not null)
        {
            return target is null ? _onlyTarget : null;
        }

        foreach (var replica in _scope.Replicas)
        {
            if (_participants.Has(replica.Id) && (target is null || replica.Id.Value > target.Id.Value))
            {
                return replica;
            }
        }

        return null;
    }

    private BlockIndex BlockAt(uint index) => _scope.Definition.FirstBlockOf(new ExtentId(_chunk.Extent)) + (_chunk.Start + index);
}
