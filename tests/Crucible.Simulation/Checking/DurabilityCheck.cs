using Crucible.Storage;

namespace Crucible.Simulation;

/// <summary>
/// I1 and I10: a flush is acknowledged only after two replicas have synced what holds it. Now and then what is really on
/// the platters is looked at: the region is opened from a copy of the disk without anything unsynced.
/// </summary>
internal sealed class DurabilityCheck(World world)
{
    private readonly Dictionary<(int Address, Generation Generation), JobId> _synced = [];

    /// <summary>What a sync said, just now: after one that failed none of the same process may say that it succeeded.</summary>
    public static ErrorCode Honest(DownstairsNode node, ErrorCode result) =>
        result == ErrorCode.None && node.Disk.HasFailedSync
            ? throw new ViolationException("I10", $"replica {node.Replica} says that it synced, after a sync that failed")
            : result;

    /// <summary>A sync of a daemon succeeded and covered this position.</summary>
    public void OnSynced(int address, ReplicaPosition position)
    {
        ref var job = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(
            _synced, (address, position.Generation), out _);
        job = position.Job > job ? position.Job : job;
    }

    /// <summary>A guest is told that its flush is done: by two of those that its upstairs has as targets now.</summary>
    public void OnFlushed(UpstairsNode node, JobId job)
    {
        var log = node.Log;
        var holders = 0;
        foreach (var link in node.Links)
        {
            holders += _synced.GetValueOrDefault((link.Target.Address, log.Generation)) >= job ? 1 : 0;
        }

        if (holders < 2)
        {
            throw new ViolationException("I10", $"flush {job} of session {log.Number} is acknowledged, and {holders} replicas have synced it");
        }

        if (world.Random.Chance(world.Plan.PlatterChance))
        {
            LookAtPlatters(log, job);
        }
    }

    private void LookAtPlatters(SessionLog log, JobId job)
    {
        var lost = 0;
        foreach (var node in world.Downstairs)
        {
            var copy = node.Disk.CopyDurable();
            try
            {
                using var region = Region.Open(copy, new RegionOpenOptions { ReadOnly = true });
                var position = region.State.Position;
                lost += position.Generation < log.Generation || (position.Generation == log.Generation && position.Job < job) ? 1 : 0;
            }
            catch (CrucibleException)
            {
                lost++;
            }
        }

        world.Coverage.Count(Outcome.PlattersLookedAt);
        if (lost > 1 && !world.Damage.IsAny)
        {
            throw new ViolationException("I1", $"flush {job} of session {log.Number} is acknowledged, and {3 - lost} platters hold it");
        }
    }
}
