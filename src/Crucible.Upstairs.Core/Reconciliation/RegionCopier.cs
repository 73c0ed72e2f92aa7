using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// Makes one replica like another: compares the contexts of every extent that may differ, chunk by chunk, and copies the
/// blocks that do. One step at a time: each answer leads to the next question. The one repair mechanism (DESIGN section 5).
/// </summary>
internal sealed class RegionCopier
{
    private readonly IUpstairsOutput _output;
    private readonly RegionDefinition _definition;
    private readonly Generation _generation;
    private readonly Replica _source;
    private readonly Replica _target;
    private readonly Func<JobId> _nextJob;
    private readonly byte[] _sourceContexts;
    private readonly byte[] _targetContexts;
    private Step _step;
    private JobId _sourceJob;
    private JobId _targetJob;
    private uint _extent;
    private uint _chunkStart;
    private uint _chunkCount;
    private uint _next;
    private uint _runCount;
    private bool _sourceArrived;
    private bool _targetArrived;

    public RegionCopier(
        IUpstairsOutput output, RegionDefinition definition, Generation generation, Replica source, Replica target, Func<JobId> nextJob)
    {
        _output = output;
        _definition = definition;
        _generation = generation;
        _source = source;
        _target = target;
        _nextJob = nextJob;
        _sourceContexts = new byte[WireLimits.MaxBlocksPerJob * definition.ContextSizeBytes];
        _targetContexts = new byte[WireLimits.MaxBlocksPerJob * definition.ContextSizeBytes];
    }

    private enum Step
    {
        Begin,
        Compare,
        Read,
        Write,
        Version,
        Done,
    }

    public Replica Source => _source;

    public Replica Target => _target;

    /// <summary>Bytes whose contexts were compared.</summary>
    public ulong ComparedBytes { get; private set; }

    /// <summary>Bytes that were copied.</summary>
    public ulong CopiedBytes { get; private set; }

    /// <summary>The target is like the source, but for what <see cref="BadBlocks"/> counts.</summary>
    public bool IsDone => _step == Step.Done;

    /// <summary>Blocks that differ and that the source could not read.</summary>
    public ulong BadBlocks { get; private set; }

    /// <summary>Notes on the target, durably, that it is under repair; everything follows from its answer.</summary>
    public void Start()
    {
        _step = Step.Begin;
        _targetJob = _nextJob();
        _output.Send(_target.Id, new BeginRepairHeader(_generation, _targetJob));
    }

    /// <summary>Whether a job id is one of this copier's questions that waits for its answer.</summary>
    public bool Owns(ReplicaId replica, JobId job) =>
        (replica == _source.Id && job == _sourceJob) || (replica == _target.Id && job == _targetJob);

    /// <summary>The range of the read that waits for its answer.</summary>
    public (BlockIndex Start, uint BlockCount) Run => (BlockAt(_next - _runCount), _runCount);

    /// <summary>Whether a job is the read that waits for its answer.</summary>
    public bool IsReading(ReplicaId replica, JobId job) => _step == Step.Read && replica == _source.Id && job == _sourceJob;

    /// <summary>Whether a job is the question to the target that waits for an answer without data.</summary>
    public bool AwaitsAck(ReplicaId replica, JobId job) =>
        replica == _target.Id && job == _targetJob && _step is (Step.Begin or Step.Write or Step.Version);

    /// <summary>The answer that <see cref="AwaitsAck"/> knows of. False: the target could not do it and stays as it is.</summary>
    public bool OnAck(ErrorCode result)
    {
        if (result != ErrorCode.None)
        {
            return false;
        }

        switch (_step)
        {
            case Step.Begin:
                NextExtent(0);
                break;
            case Step.Write:
                CopiedBytes += (ulong)_runCount * _definition.BlockSizeBytes;
                CopyNextRun();
                break;
            default:
                Invariant.Require(_step == Step.Version);
                NextExtent(_extent + 1);
                break;
        }

        return true;
    }

    /// <summary>Contexts arrived from one of the two. A target that can't tell its own is given everything.</summary>
    public bool OnContexts(ReplicaId from, ErrorCode result, ReadOnlySpan<byte> contexts)
    {
        var expected = (int)_chunkCount * _definition.ContextSizeBytes;
        if (_step != Step.Compare || (result == ErrorCode.None && contexts.Length != expected))
        {
            return false;
        }

        var own = from == _source.Id ? _sourceContexts.AsSpan(0, expected) : _targetContexts.AsSpan(0, expected);
        if (result == ErrorCode.None)
        {
            contexts.CopyTo(own);
        }
        else
        {
            // No context has this state, so every block of the chunk differs and is read, or found to be bad, one run at a time.
            own.Fill(from == _source.Id ? (byte)0xfe : (byte)0xff);
        }

        _sourceArrived |= from == _source.Id;
        _targetArrived |= from == _target.Id;
        if (_sourceArrived && _targetArrived)
        {
            ComparedBytes += (ulong)_chunkCount * _definition.BlockSizeBytes;
            _next = 0;
            CopyNextRun();
        }

        return true;
    }

    /// <summary>Blocks arrived from the source, checked by the engine; <paramref name="blocks"/> is given away.</summary>
    public void OnBlocks(ErrorCode result, ReadOnlyMemory<byte> contexts, BlockBuffer? blocks)
    {
        Invariant.Require(_step == Step.Read);
        if (result != ErrorCode.None)
        {
            blocks?.Dispose();
            if (_runCount > 1)
            {
                // Find the bad ones by halves: the good ones beside them are still copied.
                _next -= _runCount;
                ReadRun(_runCount / 2);
                return;
            }

            BadBlocks++;
            CopyNextRun();
            return;
        }

        _step = Step.Write;
        _targetJob = _nextJob();
        _output.SendRepairWrite(
            _target.Id, new RepairWriteHeader(_generation, _targetJob, BlockAt(_next - _runCount), _runCount, contexts), blocks);
    }

    private void NextExtent(uint from)
    {
        for (_extent = from; _extent < _definition.ExtentCount; _extent++)
        {
            if (SourceChoice.MayDiffer(_source, _target, new ExtentId(_extent)))
            {
                NextChunk(0);
                return;
            }
        }

        _step = Step.Done;
    }

    private void NextChunk(uint start)
    {
        if (start >= _definition.ExtentSizeBlocks)
        {
            var version = _source.Versions[_extent];
            _step = Step.Version;
            _targetJob = _nextJob();
            _output.Send(_target.Id, new SetExtentVersionHeader(
                _generation, _targetJob, new ExtentId(_extent), version.Generation, version.Flush, version.Dirty));
            return;
        }

        _step = Step.Compare;
        _chunkStart = start;
        _chunkCount = Math.Min(_definition.ExtentSizeBlocks - start, WireLimits.MaxPayloadBytes / _definition.BlockSizeBytes);
        _sourceArrived = false;
        _targetArrived = false;
        _sourceJob = _nextJob();
        _targetJob = _nextJob();
        _output.Send(_source.Id, new ReadContextsHeader(_generation, _sourceJob, BlockAt(0), _chunkCount, Verify: false));
        _output.Send(_target.Id, new ReadContextsHeader(_generation, _targetJob, BlockAt(0), _chunkCount, Verify: false));
    }

    private void CopyNextRun()
    {
        while (_next < _chunkCount && Same(_next))
        {
            _next++;
        }

        if (_next == _chunkCount)
        {
            NextChunk(_chunkStart + _chunkCount);
            return;
        }

        uint count = 1;
        while (_next + count < _chunkCount && !Same(_next + count))
        {
            count++;
        }

        ReadRun(count);
    }

    private void ReadRun(uint count)
    {
        _step = Step.Read;
        _runCount = count;
        _sourceJob = _nextJob();
        _output.SendRead(_source.Id, new ReadHeader(_generation, _sourceJob, default, BlockAt(_next), count, default));
        _next += count;
    }

    private BlockIndex BlockAt(uint indexInChunk) =>
        _definition.FirstBlockOf(new ExtentId(_extent)) + (_chunkStart + indexInChunk);

    private bool Same(uint indexInChunk)
    {
        var size = _definition.ContextSizeBytes;
        var offset = (int)indexInChunk * size;
        return _sourceContexts.AsSpan(offset, size).SequenceEqual(_targetContexts.AsSpan(offset, size));
    }
}
