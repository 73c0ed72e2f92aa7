using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>What the session began with: what its source knew of itself, its extents' versions, the number of the first flush.</summary>
internal sealed class StartState(ReplicaSet replicas)
{
    private RegionInfoHeader _info;
    private ExtentVersion[] _versions = [];

    /// <summary>The number for the first flush of the session.</summary>
    public FlushNumber FirstFlush { get; private set; } = new(1);

    /// <summary>The source was chosen, and all that are there are learnt.</summary>
    public void Note(Replica source)
    {
        FirstFlush = HighestFlush().Next();
        _info = source.Info!.Value;
        _versions = source.Versions;
    }

    /// <summary>Whether a replica that was learnt in the running session may be marked in sync and sent all of its jobs.</summary>
    public bool IsHeldBy(Replica replica) => IsAt(replica.Info!.Value) && replica.Versions.AsSpan().SequenceEqual(_versions);

    /// <summary>Whether a replica may be read from in a session that only reads: what is damaged in it is no matter.</summary>
    public bool MayBeReadFrom(Replica replica) =>
        IsAt(replica.Info!.Value) && SourceChoice.PromiseSame(replica.Versions, _versions);

    private bool IsAt(in RegionInfoHeader info) => !info.Repairing && info.InSync == _info.InSync
        && info.PositionGeneration == _info.PositionGeneration && info.PositionJob == _info.PositionJob;

    // No number is used twice, also where the source is not the one that knows of the last flush.
    private FlushNumber HighestFlush()
    {
        var highest = default(FlushNumber);
        foreach (var replica in replicas.All)
        {
            if (replica is { State: ReplicaState.Learnt, Info: { } info } && info.Flush.CompareTo(highest) > 0)
            {
                highest = info.Flush;
            }
        }

        return highest;
    }
}
