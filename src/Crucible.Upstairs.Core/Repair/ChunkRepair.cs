using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>Blocks of one extent that are to be compared among replicas, and who is believed.</summary>
/// <param name="Extent">Which extent.</param>
/// <param name="Start">First block, counted from the extent's beginning.</param>
/// <param name="Count">How many, at most <see cref="WireLimits.MaxBlocksPerJob"/>.</param>
internal readonly record struct Chunk(uint Extent, uint Start, uint Count);

/// <summary>
/// Makes one chunk alike on some replicas: asks all of them for its contexts at one point of the stream of jobs, and copies
/// the blocks that differ. Blocks that the guest writes meanwhile are left out: whoever takes part gets those writes anyway,
/// and a copy read before them would undo them. The one repair mechanism (DESIGN section 5).
/// <code>
///   Idle ──Begin──► Comparing ──► Held ──► Reading ──► Writing ──► Done
///                       │          ▲                      │          ▲
///                       └──────────┴────────(next)────────┴──────────┘
/// </code>
/// </summary>
internal sealed class ChunkRepair
{
    /// <summary>Most bytes copied at once: a guest whose request waits behind one hardly notices, and four at a time keep a disk busy.</summary>
    private const uint MaxRunBytes = 32 << 10;

    private readonly RepairScope _scope;
    private readonly ChunkComparison _comparison;
    private readonly JobId[] _asked = new JobId[ReplicaId.Count];
    private Step _step;
    private Chunk _chunk;
    private ReplicaMask _participants;
    private ReplicaMask _awaited;
    private Replica? _onlyTarget;
    private RepairPace? _pace;
    private Replica? _target;
    private Replica? _holder;
    private ReplicaMask _tried;
    private JobId _job;
    private uint _cursor;
    private uint _run;
    private (Replica? Holder, uint Block) _failedOnce;
    private byte[] _lost = [];

    public ChunkRepair(RepairScope scope)
    {
        _scope = scope;
        _comparison = new ChunkComparison(scope);
    }

    private enum Step
    {
        Idle,
        Comparing,
        Held,
        Reading,
        Writing,
        Done,
    }

    /// <summary>Nothing under way, and nothing to be collected.</summary>
    public bool IsIdle => _step == Step.Idle;

    /// <summary>The chunk is alike, but for what <see cref="BadBlocks"/> counts.</summary>
    public bool IsDone => _step == Step.Done;

    public bool IsBusy => _step is not (Step.Idle or Step.Done);

    public Chunk Chunk => _chunk;

    /// <summary>Blocks copied in this chunk.</summary>
    public uint CopiedBlocks { get; private set; }

    /// <summary>Blocks that no replica could tell.</summary>
    public uint BadBlocks { get; private set; }

    /// <summary>Whether the chunk waits for an answer of this replica.</summary>
    public bool WaitsFor(ReplicaId replica) => _step switch
    {
        Step.Comparing => _awaited.Has(replica),
        Step.Reading => _holder!.Id == replica,
        Step.Writing => _target!.Id == replica,
        _ => false,
    };

    public bool Involves(ReplicaId replica) => IsBusy && (_participants.Has(replica) || _holder?.Id == replica);

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
        _pace = pace;
        _target = null;
        _holder = null;
        _failedOnce = default;
        _cursor = 0;
        CopiedBlocks = 0;
        BadBlocks = 0;
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
    public void Abandon() => _step = Step.Idle;

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
            BadBlocks += _onlyTarget is null ? _comparison.CountBad(_chunk.Count) : 0;
            NextTarget();
        }

        return true;
    }

    /// <summary>Goes on where copying had to wait for its turn.</summary>
    public void Resume()
    {
        if (_step == Step.Held)
        {
            NextRun();
        }
    }

    /// <summary>The range of the read under way.</summary>
    public (BlockIndex Start, uint BlockCount) Run => (BlockAt(_cursor), _run);

    /// <summary>Whether a job is the read under way.</summary>
    public bool AwaitsBlocks(ReplicaId replica, JobId job) => _step == Step.Reading && _holder!.Id == replica && _job == job;

    /// <summary>Blocks arrived and were held against their contexts; <paramref name="blocks"/> is given away.</summary>
    public void OnBlocks(ErrorCode result, ReadOnlyMemory<byte> contexts, BlockBuffer? blocks)
    {
        Invariant.Require(_step == Step.Reading);
        if (result != ErrorCode.None)
        {
            blocks?.Dispose();
            OnReadFailed();
            return;
        }

        // What the guest wrote since must stay out. The rest of the run is looked at again afterwards.
        var untouched = 0U;
        while (untouched < _run && !_comparison.IsTouched(_cursor + untouched))
        {
            untouched++;
        }

        if (untouched == 0)
        {
            blocks?.Dispose();
            NextRun();
            return;
        }

        _run = untouched;
        contexts = contexts[..((int)untouched * _scope.Definition.ContextSizeBytes)];
        var data = DataBlocksOf(contexts.Span) * (int)_scope.Definition.BlockSizeBytes;
        if (data == 0)
        {
            blocks?.Dispose();
            blocks = null;
        }
        else if (blocks!.Length != data)
        {
            blocks.Shorten(data);
        }

        Write(contexts, blocks);
    }

    /// <summary>Whether a job is the repair write under way.</summary>
    public bool AwaitsAck(ReplicaId replica, JobId job) => _step == Step.Writing && _target!.Id == replica && _job == job;

    /// <summary>The repair write was done; its failure is the target's, and ends the chunk from outside.</summary>
    public void OnWritten()
    {
        Invariant.Require(_step == Step.Writing);
        CopiedBlocks += _run;
        RepairScope.Copied(_target!, _run);
        _cursor += _run;
        _tried = default;
        NextRun();
    }

    private void NextTarget()
    {
        while (true)
        {
            _target = NextOf(_target);
            if (_target is null)
            {
                _step = Step.Done;
                return;
            }

            // One that could not even tell its contexts as a whole takes no copies either, unless it is the one under repair.
            if (_onlyTarget is null && _comparison.HasRefused(_target))
            {
                continue;
            }

            _cursor = 0;
            _tried = default;
            NextRun();
            return;
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

    private void NextRun()
    {
        while (_cursor < _chunk.Count && !Differs(_cursor, out _))
        {
            _cursor++;
            _tried = default;
        }

        if (_cursor == _chunk.Count)
        {
            NextTarget();
            return;
        }

        Differs(_cursor, out _holder);
        _run = 1;
        var most = Math.Min(_chunk.Count - _cursor, MaxRunBytes / _scope.Definition.BlockSizeBytes);
        while (_tried.IsEmpty && _run < most && Differs(_cursor + _run, out var other) && other == _holder)
        {
            _run++;
        }

        if (_holder is null)
        {
            AskHelperOrGiveUp();
            return;
        }

        Ask();
    }

    // Copies wait for their turn where the guest comes first.
    private void Ask()
    {
        if (_pace is not null && !_pace.TryTake((long)_run * _scope.Definition.BlockSizeBytes))
        {
            _step = Step.Held;
            return;
        }

        _step = Step.Reading;
        _job = _scope.NextJob();
        _scope.Output.SendRead(_holder!.Id, new ReadHeader(_scope.Generation, _job, default, BlockAt(_cursor), _run, default));
    }

    // Nobody whose contexts were compared has a good one of this block. Others may; else what it held is lost.
    private void AskHelperOrGiveUp()
    {
        _run = 1;
        foreach (var replica in _scope.Replicas)
        {
            if (!_participants.Has(replica.Id) && !_tried.Has(replica.Id) && RepairScope.MayHelp(replica))
            {
                _holder = replica;
                _tried = _tried.With(replica.Id);
                Ask();
                return;
            }
        }

        BadBlocks++;
        if (_onlyTarget is null || _comparison.IsLost(_target!, _cursor))
        {
            _cursor++;
            _tried = default;
            NextRun();
            return;
        }

        // Its own version may be an older one, which nobody may ever read: better an error than that (I3, I6).
        if (_lost.Length == 0)
        {
            _lost = new byte[_scope.Definition.ContextSizeBytes];
            BlockContext.WriteEmpty(_lost, BlockState.Lost);
        }

        Write(_lost, null);
    }

    private void OnReadFailed()
    {
        if (_run > 1)
        {
            // Find the bad ones by halves: the good ones beside them are still copied.
            _run /= 2;
            Ask();
            return;
        }

        // A disk may fail once and never again: what follows may be for ever.
        if (_failedOnce != (_holder, _cursor))
        {
            _failedOnce = (_holder, _cursor);
            Ask();
            return;
        }

        if (_participants.Has(_holder!.Id))
        {
            _comparison.MarkUnreadable(_holder, _cursor);
        }

        NextRun();
    }

    private void Write(ReadOnlyMemory<byte> contexts, BlockBuffer? blocks)
    {
        _step = Step.Writing;
        _job = _scope.NextJob();
        _scope.Output.SendRepairWrite(
            _target!.Id, new RepairWriteHeader(_scope.Generation, _job, BlockAt(_cursor), _run, contexts), blocks);
    }

    // Where everybody lost a block there is nothing to mend; in a repair it is looked for elsewhere.
    private bool Differs(uint index, out Replica? holder) =>
        _comparison.Differs(_target!, index, out holder) && (holder is not null || _onlyTarget is not null);

    private int DataBlocksOf(ReadOnlySpan<byte> contexts)
    {
        var count = 0;
        for (var i = 0; i < contexts.Length; i += _scope.Definition.ContextSizeBytes)
        {
            count += BlockContext.State(contexts[i..]) == BlockState.Data ? 1 : 0;
        }

        return count;
    }

    private BlockIndex BlockAt(uint index) => _scope.Definition.FirstBlockOf(new ExtentId(_chunk.Extent)) + (_chunk.Start + index);
}
