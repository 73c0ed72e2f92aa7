using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// Copies to one replica, the target, the blocks of a chunk that differ from what the holder of the right ones has, run by run.
/// Where a run can't be read its good blocks are found by halves; a bad one is tried once more, then looked for elsewhere, and
/// counted where nobody can tell it.
/// <code>
///   Idle ──Begin──► Held ──► Reading ──► Writing ──► Idle (nothing differs any more)
///                    ▲  └─────▲  │          │
///                    └───────────┴──(next)──┘
/// </code>
/// </summary>
internal sealed class ChunkCopy(RepairScope scope, ChunkComparison comparison)
{
    /// <summary>Most bytes copied at once: a guest whose request waits behind one hardly notices, and sixteen at a time keep a disk busy.</summary>
    private const uint MaxRunBytes = 32 << 10;

    private Step _step;
    private Chunk _chunk;
    private ReplicaMask _participants;
    private bool _isRepair;
    private RepairPace? _pace;
    private Replica? _target;
    private Replica? _holder;
    private ReplicaMask _tried;
    private JobId _job;
    private uint _cursor;
    private uint _run;
    private (Replica? Holder, uint Block) _failedOnce;
    private byte[] _lost = [];

    private enum Step
    {
        Idle,
        Held,
        Reading,
        Writing,
    }

    /// <summary>Whether something still differs on the target.</summary>
    public bool IsBusy => _step != Step.Idle;

    /// <summary>Blocks copied in this chunk.</summary>
    public uint CopiedBlocks { get; private set; }

    /// <summary>Blocks that were to be copied, and that no replica could tell.</summary>
    public uint BadBlocks { get; private set; }

    /// <summary>The range of the read under way.</summary>
    public (BlockIndex Start, uint BlockCount) Run => (BlockAt(_cursor), _run);

    /// <summary>Whether an answer of this replica is waited for.</summary>
    public bool WaitsFor(ReplicaId replica) => _step switch
    {
        Step.Reading => _holder!.Id == replica,
        Step.Writing => _target!.Id == replica,
        _ => false,
    };

    /// <summary>Whether it was this replica that was last copied from.</summary>
    public bool CopiesFrom(ReplicaId replica) => _holder?.Id == replica;

    /// <summary>Forgets what was before: another chunk.</summary>
    /// <param name="chunk">Which blocks.</param>
    /// <param name="participants">Whose contexts are compared.</param>
    /// <param name="isRepair">One replica alone is changed, and must lose what it may not keep.</param>
    /// <param name="pace">Says when blocks may be copied; null: at once.</param>
    public void Reset(in Chunk chunk, ReplicaMask participants, bool isRepair, RepairPace? pace)
    {
        _chunk = chunk;
        _participants = participants;
        _isRepair = isRepair;
        _pace = pace;
        _target = null;
        _holder = null;
        _failedOnce = default;
        _cursor = 0;
        CopiedBlocks = 0;
        BadBlocks = 0;
        _step = Step.Idle;
    }

    /// <summary>Makes the chunk on a replica what the comparison says.</summary>
    public void Begin(Replica target)
    {
        Invariant.Require(!IsBusy);
        _target = target;
        _cursor = 0;
        _tried = default;
        NextRun();
    }

    /// <summary>Forgets what is under way; answers that still come are not its own any more.</summary>
    public void Abandon() => _step = Step.Idle;

    /// <summary>Goes on where copying had to wait for its turn.</summary>
    public void Resume()
    {
        if (_step == Step.Held)
        {
            NextRun();
        }
    }

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
        while (untouched < _run && !comparison.IsTouched(_cursor + untouched))
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
        contexts = contexts[..((int)untouched * scope.Definition.ContextSizeBytes)];
        var data = DataBlocksOf(contexts.Span) * (int)scope.Definition.BlockSizeBytes;
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

    private void NextRun()
    {
        while (_cursor < _chunk.Count && !Differs(_cursor, out _))
        {
            _cursor++;
            _tried = default;
        }

        if (_cursor == _chunk.Count)
        {
            _step = Step.Idle;
            return;
        }

        Differs(_cursor, out _holder);
        _run = 1;
        var most = Math.Min(_chunk.Count - _cursor, MaxRunBytes / scope.Definition.BlockSizeBytes);
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
        if (_pace is not null && !_pace.TryTake((long)_run * scope.Definition.BlockSizeBytes))
        {
            _step = Step.Held;
            return;
        }

        _step = Step.Reading;
        _job = scope.NextJob();
        scope.Output.SendRead(_holder!.Id, new ReadHeader(scope.Generation, _job, default, BlockAt(_cursor), _run, default));
    }

    // Nobody whose contexts were compared has a good one of this block. Others may; else what it held is lost.
    private void AskHelperOrGiveUp()
    {
        _run = 1;
        foreach (var replica in scope.Replicas)
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
        if (!_isRepair || comparison.IsLost(_target!, _cursor))
        {
            _cursor++;
            _tried = default;
            NextRun();
            return;
        }

        // Its own version may be an older one, which nobody may ever read: better an error than that (I3, I6).
        if (_lost.Length == 0)
        {
            _lost = new byte[scope.Definition.ContextSizeBytes];
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
            comparison.MarkUnreadable(_holder, _cursor);
        }

        NextRun();
    }

    private void Write(ReadOnlyMemory<byte> contexts, BlockBuffer? blocks)
    {
        _step = Step.Writing;
        _job = scope.NextJob();
        scope.Output.SendRepairWrite(
            _target!.Id, new RepairWriteHeader(scope.Generation, _job, BlockAt(_cursor), _run, contexts), blocks);
    }

    // Where everybody lost a block there is nothing to mend; in a repair it is looked for elsewhere.
    private bool Differs(uint index, out Replica? holder) =>
        comparison.Differs(_target!, index, out holder) && (holder is not null || _isRepair);

    private int DataBlocksOf(ReadOnlySpan<byte> contexts)
    {
        var count = 0;
        for (var i = 0; i < contexts.Length; i += scope.Definition.ContextSizeBytes)
        {
            count += BlockContext.State(contexts[i..]) == BlockState.Data ? 1 : 0;
        }

        return count;
    }

    private BlockIndex BlockAt(uint index) => scope.Definition.FirstBlockOf(new ExtentId(_chunk.Extent)) + (_chunk.Start + index);
}
