using Crucible.Protocol;

namespace Crucible.Upstairs.Tests;

/// <summary>
/// A downstairs in memory, as far as an upstairs can see it: it does messages in order and answers each. A block is the
/// number of the job that wrote it last.
/// </summary>
internal sealed class FakeDownstairs(RegionDefinition definition, int number)
{
    private HashSet<uint> _written = [];
    private SessionId _session;
    private JobId _lastOrdered;
    private bool _readsOnly;

    /// <summary>What a block holds; none: never written.</summary>
    public SortedDictionary<ulong, ulong> Blocks { get; private set; } = [];

    public ExtentVersion[] Versions { get; private set; } = new ExtentVersion[definition.ExtentCount];

    public RegionDefinition Definition { get; set; } = definition;

    public RegionId Region { get; set; } = new(new Guid(number + 1, 0, 0, new byte[8]));

    public RegionInfoHeader Info { get; set; } = new(
        VolumeId.None, Generation.None, Generation.None, false, Generation.None, new JobId(0), Generation.None, new FlushNumber(0), true);

    /// <summary>Which version of the protocol it speaks.</summary>
    public uint Version { get; set; } = (uint)ProtocolVersions.Newest;

    /// <summary>Most runs of states in an answer.</summary>
    public int MostRuns { get; set; } = 100;

    /// <summary>Answers a job with an error instead of doing it; null does it.</summary>
    public Func<MessageKind, JobId, ErrorCode>? Fail { get; set; }

    /// <summary>Blocks that can't be read.</summary>
    public HashSet<ulong> Bad { get; } = [];

    /// <summary>Blocks that repair said nobody can tell.</summary>
    public HashSet<ulong> Lost { get; } = [];

    /// <summary>Mutating jobs done, in their order, over all connections.</summary>
    public List<JobId> Done { get; } = [];

    /// <summary>Blocks that repair wrote.</summary>
    public List<ulong> Repaired { get; } = [];

    /// <summary>Generations of every message that did work.</summary>
    public HashSet<Generation> Bore { get; } = [];

    /// <summary>Whether it did a job of this generation, or was repaired from one that did.</summary>
    public bool Holds(JobId job) => Done.Contains(job) || (!Info.Repairing && Info.InSync == Info.Promised && Info.PositionJob >= job);

    /// <summary>Makes it an empty region with another id.</summary>
    public void Wipe(int number)
    {
        Blocks = [];
        Versions = new ExtentVersion[Definition.ExtentCount];
        _written = [];
        Bad.Clear();
        Lost.Clear();
        Region = new RegionId(new Guid(number + 1, 0, 0, new byte[8]));
        Info = new RegionInfoHeader(
            VolumeId.None, Generation.None, Generation.None, false, Generation.None, new JobId(0), Generation.None, new FlushNumber(0), true);
    }

    /// <summary>Makes it what another one is, as if both had done the same jobs.</summary>
    public void CopyFrom(FakeDownstairs other)
    {
        Blocks = new(other.Blocks);
        Versions = [.. other.Versions];
        _written = [.. other._written];
        Info = other.Info;
    }

    public object? Handle(object message) => message switch
    {
        HereIAmHeader m => Greet(m),
        PromoteToActiveHeader promote => Promote(promote),
        QueryRegionInfoHeader => Info,
        QueryExtentVersionsHeader query => TellVersions(query),
        WriteHeader m => Mutate(MessageKind.Write, m.Generation, m.Job, m.Start, m.BlockCount),
        WriteZeroesHeader m => Mutate(MessageKind.WriteZeroes, m.Generation, m.Job, m.Start, m.BlockCount),
        DiscardHeader m => Mutate(MessageKind.Discard, m.Generation, m.Job, m.Start, m.BlockCount),
        FlushHeader m => Flush(m),
        ReadHeader m => Read(m),
        ReadStatesHeader m => TellStates(m),
        ReadContextsHeader m => new ContextsAckHeader(
            m.Job, ErrorOf(MessageKind.ReadContexts, m.Generation, m.Job), Contexts(m.Start.Value, m.BlockCount, m.Verify)),
        RepairWriteHeader m => Repair(m),
        BeginRepairHeader m => Note(m.Generation, m.Job, MessageKind.BeginRepair, () => Info = Info with { Repairing = true }),
        MarkInSyncHeader m => Note(m.Generation, m.Job, MessageKind.MarkInSync, () => MarkInSync(m.Generation)),
        SetExtentVersionHeader m => Note(
            m.Generation, m.Job, MessageKind.SetExtentVersion,
            () => Versions[m.Extent.Value] = new ExtentVersion(m.VersionGeneration, m.VersionFlush, m.Dirty, false)),
        RuokHeader m => new ImokHeader(m.Sequence),
        _ => null,
    };

    private YesItsMeHeader Greet(in HereIAmHeader greeting)
    {
        _readsOnly = greeting.ReadOnly;
        _lastOrdered = default;
        return new YesItsMeHeader(
            Version, Region, Definition.BlockSizeBytes, Definition.ExtentSizeBlocks, Definition.ExtentCount, Definition.Encrypted, false,
            Info.Volume, Info.Promised);
    }

    private object Promote(in PromoteToActiveHeader promote)
    {
        if (promote.Generation < Info.Promised || (promote.Generation == Info.Promised && promote.Session != _session))
        {
            return new RefusedHeader(RefusalCode.Generation, Info.Promised, "promised before");
        }

        _session = promote.Session;
        Info = Info with { Promised = promote.Generation, Volume = promote.Volume };
        return new YouAreNowActiveHeader(promote.Generation);
    }

    private ExtentVersionsHeader TellVersions(in QueryExtentVersionsHeader query)
    {
        var bytes = new byte[query.ExtentCount * ExtentVersion.SizeBytes];
        for (var i = 0; i < query.ExtentCount; i++)
        {
            Versions[query.First.Value + i].Write(bytes.AsSpan(i * ExtentVersion.SizeBytes));
        }

        return new ExtentVersionsHeader(query.First, query.ExtentCount, bytes);
    }

    private JobAckHeader Mutate(MessageKind kind, Generation generation, JobId job, BlockIndex start, uint count)
    {
        if (ErrorOf(kind, generation, job) is var error and not ErrorCode.None)
        {
            return new JobAckHeader(job, error);
        }

        Take(generation, job);
        Assert.True(Definition.ContainsInOneExtent(start, count));
        for (uint i = 0; i < count; i++)
        {
            Blocks[start.Value + i] = job.Value;
            Bad.Remove(start.Value + i);
            Lost.Remove(start.Value + i);
        }

        var extent = Definition.ExtentOf(start).Value;
        _written.Add(extent);
        Versions[extent] = Versions[extent] with { Dirty = true };
        return new JobAckHeader(job, ErrorCode.None);
    }

    private JobAckHeader Flush(in FlushHeader flush)
    {
        if (ErrorOf(MessageKind.Flush, flush.Generation, flush.Job) is var error and not ErrorCode.None)
        {
            return new JobAckHeader(flush.Job, error);
        }

        if (Info.Repairing || flush.Job > Info.PositionJob || flush.Generation > Info.PositionGeneration)
        {
            Take(flush.Generation, flush.Job);
        }

        foreach (var extent in _written)
        {
            Versions[extent] = new ExtentVersion(flush.Generation, flush.Flush, false, false);
        }

        _written.Clear();
        Info = Info.Repairing ? Info : Info with { FlushGeneration = flush.Generation, Flush = flush.Flush };
        return new JobAckHeader(flush.Job, ErrorCode.None);
    }

    // The prefix rule: within a generation jobs only ever rise. One under repair takes them too, and stays where it was.
    private void Take(Generation generation, JobId job)
    {
        Assert.True(_lastOrdered < job, $"job {job} after {_lastOrdered}");
        _lastOrdered = job;
        if (Info.Repairing)
        {
            Done.Add(job);
            return;
        }

        Assert.Equal(Info.InSync, generation);
        Assert.True(Info.PositionGeneration < generation || Info.PositionJob < job, $"job {job} after {Info.PositionJob}");
        Info = Info with { PositionGeneration = generation, PositionJob = job, Blank = false };
        Done.Add(job);
    }

    private ReadAnswer Read(in ReadHeader read)
    {
        var result = ErrorOf(MessageKind.Read, read.Generation, read.Job);
        var values = new ulong[read.BlockCount];
        for (uint i = 0; i < read.BlockCount; i++)
        {
            values[i] = Blocks.GetValueOrDefault(read.Start.Value + i);
            var block = read.Start.Value + i;
            result = Bad.Contains(block) || Lost.Contains(block) ? ErrorCode.IntegrityError : result;
        }

        return new ReadAnswer(read.Job, result, read.Start, values, Contexts(read.Start.Value, read.BlockCount));
    }

    private StatesAckHeader TellStates(in ReadStatesHeader read)
    {
        var packed = new byte[MostRuns * BlockStateRuns.RunSizeBytes];
        var runs = new BlockStateRuns(packed);
        for (uint i = 0; i < read.BlockCount; i++)
        {
            var block = read.Start.Value + i;
            var state = Blocks.ContainsKey(block) || Bad.Contains(block) || Lost.Contains(block) ? BlockState.Data : BlockState.NeverWritten;
            if (!runs.TryAdd(state, 1))
            {
                break;
            }
        }

        var result = ErrorOf(MessageKind.ReadStates, read.Generation, read.Job);
        return new StatesAckHeader(read.Job, result, result == ErrorCode.None ? packed.AsMemory(0, runs.LengthBytes) : default);
    }

    private JobAckHeader Repair(in RepairWriteHeader repair)
    {
        for (uint i = 0; i < repair.BlockCount; i++)
        {
            var block = repair.Start.Value + i;
            var context = repair.Contexts.Span.Slice((int)i * 16, 16);
            Repaired.Add(block);
            Bad.Remove(block);
            Lost.Remove(block);
            switch (BlockContext.State(context))
            {
                case BlockState.Data:
                    Blocks[block] = BlockContext.Checksum(context);
                    break;
                case BlockState.Lost:
                    Lost.Add(block);
                    break;
                default:
                    Blocks.Remove(block);
                    break;
            }
        }

        return new JobAckHeader(repair.Job, ErrorOf(MessageKind.RepairWrite, repair.Generation, repair.Job));
    }

    private JobAckHeader Note(Generation generation, JobId job, MessageKind kind, Action note)
    {
        var error = ErrorOf(kind, generation, job);
        if (error == ErrorCode.None)
        {
            note();
        }

        return new JobAckHeader(job, error);
    }

    private void MarkInSync(Generation generation)
    {
        for (var i = 0; _lastOrdered == default && i < Versions.Length; i++)
        {
            Versions[i] = Versions[i].Dirty ? new ExtentVersion(generation, new FlushNumber(0), false, false) : Versions[i];
        }

        var wasRepairing = Info.Repairing;
        Info = Info with { InSync = generation, Repairing = false };
        if (Info.PositionGeneration < generation || wasRepairing)
        {
            Info = Info with { PositionGeneration = generation, PositionJob = _lastOrdered };
        }
    }

    private byte[] Contexts(ulong start, uint count, bool verify = false)
    {
        var contexts = new byte[count * BlockContext.PlainSizeBytes];
        for (uint i = 0; i < count; i++)
        {
            var context = contexts.AsSpan((int)i * 16, 16);
            if (Bad.Contains(start + i) && verify)
            {
                context.Fill(0xff);
            }
            else if (Lost.Contains(start + i))
            {
                BlockContext.WriteEmpty(context, BlockState.Lost);
            }
            else if (Blocks.TryGetValue(start + i, out var job))
            {
                BlockContext.WriteData(context, job);
            }
        }

        return contexts;
    }

    private ErrorCode ErrorOf(MessageKind kind, Generation generation, JobId job)
    {
        Bore.Add(generation);
        return _readsOnly ? ErrorOfReader(kind, job) : generation != Info.Promised ? ErrorCode.NotActive : Fail?.Invoke(kind, job) ?? ErrorCode.None;
    }

    private ErrorCode ErrorOfReader(MessageKind kind, JobId job) =>
        kind is MessageKind.Read or MessageKind.ReadStates or MessageKind.ReadContexts ? Fail?.Invoke(kind, job) ?? ErrorCode.None : ErrorCode.ReadOnly;
}

/// <summary>A read's answer with what the blocks hold.</summary>
internal sealed record ReadAnswer(JobId Job, ErrorCode Result, BlockIndex Start, ulong[] Values, byte[] Contexts);
