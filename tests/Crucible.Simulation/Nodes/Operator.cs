using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>
/// What a supervisor and a careful operator do: start what died, restart a daemon whose region is faulted (sometimes with its
/// machine, after a failed sync), replace a region that can't be opened, open the volume anew.
/// </summary>
internal sealed class Operator(World world)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(600);

    private readonly SimulationRandom _random = world.Random.Fork(3);
    private readonly Instant[] _downUntil = new Instant[ReplicaId.Count];
    private readonly Instant[] _dueSince = [Instant.Never, Instant.Never, Instant.Never];
    private Instant _openAt = Instant.Never;
    private Instant _unmendedSince = Instant.Never;

    /// <summary>Counts the upstairs.</summary>
    public int UpstairsStarted { get; set; }

    /// <summary>Nobody opens the volume any more.</summary>
    public bool KeepsClosed { get; set; }

    public void Start()
    {
        Look();
        world.Scheduler.After(Interval, Start);
    }

    /// <summary>A daemon stays down for a while.</summary>
    public void KeepDown(DownstairsNode node, TimeSpan length)
    {
        if (node.IsReplaced)
        {
            return;
        }

        var until = world.Scheduler.Now + length;
        _downUntil[node.Replica] = until > _downUntil[node.Replica] ? until : _downUntil[node.Replica];
    }

    /// <summary>A daemon need not stay down any longer.</summary>
    public void Release(int replica) => _downUntil[replica] = default;

    /// <summary>Nothing is kept down any more.</summary>
    public void EndAll() => Array.Clear(_downUntil);

    /// <summary>Makes a new region at the address of a damaged one.</summary>
    public void Replace(DownstairsNode node, string why)
    {
        if (world.Story.IsOn)
        {
            world.Story.Tell("operator", $"replaces the region of replica {node.Replica}: {why}");
        }

        node.Kill("its region is replaced");
        node.MakeRegion(_random.NextGuid());
        world.Checks.Fencing.OnForgot(node.Address);
        world.Damage.OnReplaced(node.Replica);
        world.OnLoss();
    }

    private void Look()
    {
        foreach (var node in world.Downstairs)
        {
            LookAt(node);
        }

        foreach (var upstairs in world.Upstairs.ToArray())
        {
            if (upstairs.HasEnded && !upstairs.Process.IsFrozen)
            {
                upstairs.Kill("its volume has ended");
            }
        }

        LookAtVolume();
        world.Damage.Look();
        world.Checks.Patience.Look();
    }

    private void LookAt(DownstairsNode node)
    {
        if (world.Scheduler.Now < _downUntil[node.Replica])
        {
            return;
        }

        if (node.Process.IsRunning)
        {
            RestartWhereFaulted(node);
            return;
        }

        if (node.OpenFailure is { } failure && failure is not Storage.StorageException)
        {
            if (world.Damage.Owner != node.Replica)
            {
                throw new ViolationException("I2", $"replica {node.Replica} can't open its region, and nothing damaged it: {failure.Message}");
            }

            Replace(node, failure.Message);
        }

        if (node.Disk.IsLying && _random.Chance(0.3))
        {
            node.LosePower(_random.NextDouble());
            world.OnLoss();
        }

        node.ReturnPower();
        node.Start();
    }

    private void RestartWhereFaulted(DownstairsNode node)
    {
        ref var since = ref _dueSince[node.Replica];
        if (node.Process.IsFrozen || (node.Region is not { Faulted: true } && !SaysFaulted(node)))
        {
            since = Instant.Never;
        }
        else if (since == Instant.Never)
        {
            since = world.Scheduler.Now;
        }
        else if (world.Scheduler.Now - since > Patience)
        {
            since = Instant.Never;
            node.Kill("its region is faulted, the operator restarts it");
        }
    }

    // One whose disk was full needs no restart, and says so.
    private bool SaysFaulted(DownstairsNode node) => world.Current?.Core.Replicas[node.Replica] is { State: ReplicaState.Refused } replica
        && replica.Cause.Contains("must be restarted", StringComparison.Ordinal);

    private void LookAtVolume()
    {
        if (KeepsClosed)
        {
            return;
        }

        if (world.Current is null or { HasEnded: true, Process.IsFrozen: false } or { IsDead: true })
        {
            if (_openAt == Instant.Never)
            {
                _openAt = world.Scheduler.Now + _random.Spread(10, 600);
            }
            else if (world.Scheduler.Now >= _openAt)
            {
                _openAt = Instant.Never;
                world.StartUpstairs(_random.Next(World.Hosts));
            }

            return;
        }

        _openAt = Instant.Never;
        ReopenWhereUnmended(world.Current);
    }

    // A replica that promised a higher generation to an upstairs which never came to serve refuses the one that does; and
    // where live repair is left out, only an activation mends a replica that has lost its place.
    private void ReopenWhereUnmended(UpstairsNode upstairs)
    {
        var unmended = false;
        foreach (var replica in upstairs.Core.Replicas)
        {
            unmended |= replica.State == ReplicaState.Refused && replica.Cause.Contains("(Generation)", StringComparison.Ordinal);
            unmended |= !world.Options.LiveRepair && replica.State is ReplicaState.Faulted or ReplicaState.Refused
                && world.Downstairs[replica.Id.Value] is { Region.Faulted: false, Process.IsFrozen: false };
        }

        if (!upstairs.IsServing || !unmended || upstairs.Process.IsFrozen)
        {
            _unmendedSince = Instant.Never;
        }
        else if (_unmendedSince == Instant.Never)
        {
            _unmendedSince = world.Scheduler.Now;
        }
        else if (world.Scheduler.Now - _unmendedSince > Patience)
        {
            _unmendedSince = Instant.Never;
            world.Coverage.Count(Outcome.VolumesReopenedForRepair);
            upstairs.Close();
        }
    }
}
