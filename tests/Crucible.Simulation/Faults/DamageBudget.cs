using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>
/// At most one replica at a time has lost, or may have lost, what was durable: it is allowed to only while the other two hold
/// all that was acknowledged, and counts as damaged until it is in sync again (docs/testing.md, "What may fail").
/// </summary>
internal sealed class DamageBudget(World world)
{
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromMilliseconds(400);

    private readonly HashSet<SimulatedFileContent> _rotten = [];
    private Instant _probedAt;
    private bool _mayBeBroken;
    private string _file = "";
    private long _fileBytes;

    /// <summary>The damaged replica; −1: none.</summary>
    public int Owner { get; private set; } = -1;

    public bool IsAny => Owner >= 0;

    /// <summary>Files of the damaged replica are rotten.</summary>
    public bool IsRot => IsAny && _mayBeBroken && _file.Length > 0;

    /// <summary>
    /// Something else went wrong while files were rotten: what only the rotten replica held in its newest version may be lost,
    /// and reads of it may fail. They may still never deliver anything else.
    /// </summary>
    public bool MayHaveLostBlocks { get; set; }

    /// <summary>Whether a replica may lose durable data now; then it counts as damaged.</summary>
    /// <param name="replica">Which.</param>
    /// <param name="holders">
    /// How many of the others must hold all that was acknowledged. One is enough where nothing is left of the replica: it tells
    /// of nothing, and so can't be believed.
    /// </param>
    public bool TryTake(int replica, int holders)
    {
        Look();
        if (IsAny || world.Current is not { IsServing: true } upstairs || CountHolders(upstairs, replica) < holders)
        {
            return false;
        }

        Owner = replica;
        _mayBeBroken = false;
        world.OnLoss();
        return true;
    }

    /// <summary>Its files are damaged: it is whole only once every block of it was seen to be.</summary>
    /// <param name="file">The damaged file, which must be there again, and as long as it was; empty: none alone.</param>
    public void MayBeBroken(string file)
    {
        _mayBeBroken = true;
        _file = file;
        _fileBytes = file.Length == 0 ? 0 : world.Downstairs[Owner].Disk.ContentOf(file).Length;
    }

    /// <summary>
    /// Whether an empty region may take a replica's place now: as if it were wiped. Where one is damaged no other may be replaced;
    /// that one may, and the new region is whole once it is in sync.
    /// </summary>
    public bool TryReplace(int replica)
    {
        Look();
        if ((IsAny && Owner != replica) || world.Current is not { IsServing: true } upstairs || CountHolders(upstairs, replica) < 1)
        {
            return false;
        }

        Owner = replica;
        OnReplaced(replica);
        world.OnLoss();
        return true;
    }

    /// <summary>A new region took the place of a replica's: what it gets from the others is as whole as theirs.</summary>
    public void OnReplaced(int replica)
    {
        if (replica == Owner)
        {
            _mayBeBroken = false;
            ForgetRot();
        }
    }

    /// <summary>Notes that a file has damage at rest, which readers see until it is written over.</summary>
    public void AddRot(SimulatedFileContent content) => _rotten.Add(content);

    /// <summary>Takes back what rot nothing has written over meanwhile.</summary>
    public void EndRot()
    {
        foreach (var one in _rotten)
        {
            one.EndRot();
        }

        _rotten.Clear();
    }

    /// <summary>Looks whether the damaged replica is whole again.</summary>
    public void Look()
    {
        if (!IsAny || _rotten.Any(static one => one.RottenBits > 0))
        {
            return;
        }

        if (world.Current is { IsServing: true } upstairs && upstairs.Core.Replicas[Owner].State == ReplicaState.Active
            && world.Downstairs[Owner].Region is { } region && !region.State.Repairing
            && region.State.InSyncGeneration == upstairs.Core.Generation && IsSeenWhole(now: false))
        {
            if (world.Story.IsOn)
            {
                world.Story.Tell("world", $"replica {Owner} is whole again");
            }

            ForgetRot();
            Owner = -1;
        }
    }

    /// <summary>Why the damaged replica is not whole yet.</summary>
    public string Describe()
    {
        var node = world.Downstairs[Owner];
        return $"replica {Owner} is damaged: {_rotten.Sum(static one => one.RottenBits)} rotten bits, "
            + $"{(node.Disk.IsLying ? "lying, " : "")}in sync in {node.Region?.State.InSyncGeneration}{(node.Region?.State.Repairing == true ? ", under repair" : "")}"
            + $"{(_mayBeBroken && RegionProbe.Problem(node.Disk) is { } problem ? $", {problem}" : "")}";
    }

    /// <summary>Whether every block of the damaged replica can be read.</summary>
    /// <param name="now">Look also where it was looked a moment ago.</param>
    public bool IsSeenWhole(bool now)
    {
        if (!_mayBeBroken)
        {
            return true;
        }

        if (!now && world.Scheduler.Now - _probedAt < ProbeInterval)
        {
            return false;
        }

        _probedAt = world.Scheduler.Now;
        var disk = world.Downstairs[Owner].Disk;
        return (_file.Length == 0 || (disk.Exists(_file) && disk.ContentOf(_file).Length >= _fileBytes)) && RegionProbe.IsWhole(disk, world.Downstairs[Owner].Durable);
    }

    // The others that hold all that was acknowledged.
    private int CountHolders(UpstairsNode upstairs, int replica)
    {
        var count = 0;
        foreach (var node in world.Downstairs)
        {
            count += node.Replica != replica
                && upstairs.Core.Replicas[node.Replica].State == ReplicaState.Active && node.Region is { Faulted: false } region
                && !node.Disk.IsLying && region.State.InSyncGeneration == upstairs.Core.Generation
                && Holds(node.Durable, upstairs, upstairs.Log.LastFlushed)
                && Holds(region.State.Position, upstairs, upstairs.Log.LastHeld) ? 1 : 0;
        }

        return count;
    }

    private static bool Holds(Storage.ReplicaPosition position, UpstairsNode upstairs, int change) =>
        change < 0 || (position.Generation == upstairs.Core.Generation && position.Job >= upstairs.Log.Changes[change].Job);

    private void ForgetRot()
    {
        foreach (var one in _rotten)
        {
            one.ForgetRot();
        }

        _rotten.Clear();
    }
}
