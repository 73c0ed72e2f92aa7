namespace Crucible.Downstairs;

/// <summary>What a downstairs counts.</summary>
internal enum JobOperation
{
    Read,
    ReadStates,
    ReadContexts,
    Write,
    WriteZeroes,
    Discard,
    Flush,
    RepairWrite,
}

/// <summary>What connections asked for: plain numbers, counted under the engine's lock, where each job passes anyway.</summary>
internal sealed class JobCounts
{
    private readonly long[] _jobs = new long[(int)JobOperation.RepairWrite + 1];
    private readonly long[] _blocks = new long[(int)JobOperation.RepairWrite + 1];

    /// <summary>Greetings and promotions refused.</summary>
    public long Refused { get; set; }

    /// <summary>Connections that broke the protocol.</summary>
    public long Violations { get; set; }

    public long JobsOf(JobOperation operation) => _jobs[(int)operation];

    public long BlocksOf(JobOperation operation) => _blocks[(int)operation];

    public void Count(JobOperation operation, uint blocks)
    {
        _jobs[(int)operation]++;
        _blocks[(int)operation] += blocks;
    }
}
