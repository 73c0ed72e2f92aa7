namespace Crucible.Storage.Tests;

/// <summary>What a region must hold after each job: kept for every job that a crash may still go back to.</summary>
internal sealed class CrashModel
{
    public const ulong NeverWritten = 0;
    public const ulong Zeroes = 1;
    private const ulong FirstVersion = 2;

    private readonly RegionDefinition _definition;
    private readonly List<Snapshot> _snapshots = [];
    private ulong _firstJob;
    private ulong _version = FirstVersion;

    public CrashModel(RegionDefinition definition)
    {
        _definition = definition;
        _snapshots.Add(new Snapshot(new ulong[definition.TotalBlocks], new ExtentVersion[definition.ExtentCount]));
    }

    /// <summary>The last job handed to the region.</summary>
    public ulong LastJob => _firstJob + (ulong)_snapshots.Count - 1;

    /// <summary>The last job that must survive anything.</summary>
    public ulong DurableJob { get; private set; }

    public ulong NextVersion() => _version++;

    public void Written(uint start, uint count, ulong version)
    {
        var next = Copy();
        next.Blocks.AsSpan((int)start, (int)count).Fill(version);
        var extent = start / _definition.ExtentSizeBlocks;
        next.Versions[extent] = next.Versions[extent] with { Dirty = true };
        _snapshots.Add(next);
    }

    public void Flushed(Generation generation, FlushNumber number)
    {
        var next = Copy();
        for (var i = 0; i < next.Versions.Length; i++)
        {
            next.Versions[i] = next.Versions[i].Dirty ? new ExtentVersion(generation, number, false, false) : next.Versions[i];
        }

        _snapshots.Add(next);
    }

    public void Synced() => DurableJob = LastJob;

    /// <summary>After a crash the region stands at this job; from now on it must never be at another before it.</summary>
    public void Recovered(ulong job)
    {
        Assert.InRange(job, DurableJob, LastJob);
        var kept = (int)(job - _firstJob);
        _snapshots.RemoveRange(kept + 1, _snapshots.Count - kept - 1);
        _snapshots.RemoveRange(0, kept);
        _firstJob = DurableJob = job;
    }

    /// <summary>Every block and every extent version is what it was after the last job.</summary>
    public void CheckAll(Region region)
    {
        for (var start = 0U; start < _definition.TotalBlocks; start += _definition.ExtentSizeBlocks)
        {
            Check(region, start, _definition.ExtentSizeBlocks);
        }

        var versions = new ExtentVersion[_definition.ExtentCount];
        region.CopyVersions(new ExtentId(0), versions);
        Assert.Equal(_snapshots[^1].Versions, versions);
    }

    public void Check(Region region, uint start, uint count)
    {
        Assert.Equal(ErrorCode.None, region.TryRead(start, count, out var data, out var contexts));
        var block = (int)_definition.BlockSizeBytes;
        var size = _definition.ContextSizeBytes;
        for (var i = 0U; i < count; i++)
        {
            var version = _snapshots[^1].Blocks[start + i];
            var state = (BlockState)contexts[(i * (uint)size) + 8];
            var expected = version switch
            {
                NeverWritten => BlockState.NeverWritten,
                Zeroes => BlockState.Zeroes,
                _ => BlockState.Data,
            };
            var bytes = data.AsSpan((int)i * block, block);
            var good = state == expected && (state == BlockState.Data
                ? bytes.SequenceEqual(TestRegion.Data(_definition, start + i, 1, version))
                : !bytes.ContainsAnyExcept((byte)0));
            Assert.True(good, $"block {start + i} after job {LastJob}: {state}, expected {expected} of version {version}");
        }
    }

    private Snapshot Copy() => new([.. _snapshots[^1].Blocks], [.. _snapshots[^1].Versions]);

    private sealed record Snapshot(ulong[] Blocks, ExtentVersion[] Versions);
}
