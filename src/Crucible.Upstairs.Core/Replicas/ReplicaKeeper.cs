using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// Keeps the connections: gives up those that answer nothing, tries again, and takes away the place of who can't keep it.
/// </summary>
internal sealed class ReplicaKeeper(
    UpstairsSettings settings, ReplicaSet replicas, IUpstairsOutput output, Activator activation, GuestWork work, RepairWork repairs)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(2);

    /// <summary>Whether the volume is still wanted; set by the owner.</summary>
    public required Func<VolumeState> State { get; init; }

    /// <summary>Whether a replica is in a state; where not, what it sent breaks the protocol.</summary>
    public bool Expect(Replica replica, ReplicaState state, string message, Instant now)
    {
        if (replica.State == state)
        {
            return true;
        }

        Violation(replica, $"sent {message} while {replica.State}", now);
        return false;
    }

    public void Violation(Replica replica, string what, Instant now)
    {
        if (replica.State is ReplicaState.Disconnected or ReplicaState.Faulted or ReplicaState.Refused or ReplicaState.Connecting)
        {
            return;
        }

        output.Disconnect(replica.Id, what);
        Lose(replica, $"broke the protocol: {what}", now);
    }

    /// <summary>The connection is gone; the place is kept for now.</summary>
    public void Lose(Replica replica, string reason, Instant now)
    {
        if (replica.State == ReplicaState.Active)
        {
            replica.AwaySince = now;
        }

        // One that breaks again at once is not tried again at once for ever.
        if (replica.State is ReplicaState.Active or ReplicaState.Repairing && now - replica.Since >= LongestRetry)
        {
            replica.Attempts = 0;
        }

        Drop(replica, ReplicaState.Disconnected, reason, now);
        if (State() is VolumeState.Activating or VolumeState.Active)
        {
            Connect(replica, RetryDelay(replica), now, reason);
        }
    }

    /// <summary>It can't go on from where it is: it is tried again after a while, and repaired.</summary>
    public void Fault(Replica replica, string cause, Instant now)
    {
        output.Disconnect(replica.Id, cause);
        replica.KeepsPlace = false;
        Drop(replica, ReplicaState.Faulted, cause, now);
    }

    /// <summary>It will not have us; it is tried again after a while, for whoever runs it may mend that.</summary>
    public void Refuse(Replica replica, string cause, Instant now)
    {
        if (replica.State is ReplicaState.Faulted or ReplicaState.Disconnected or ReplicaState.Connecting or ReplicaState.Refused)
        {
            return;
        }

        output.Disconnect(replica.Id, cause);
        replica.KeepsPlace = false;
        Drop(replica, ReplicaState.Refused, cause, now);
    }

    /// <summary>Its backlog takes the room that the guest needs (DESIGN section 5, "away" and "slow").</summary>
    public void GiveUpPlace(Replica replica, Instant now)
    {
        if (replica.State == ReplicaState.Active)
        {
            Fault(replica, "too slow: its backlog took all room", now);
            return;
        }

        replica.KeepsPlace = false;
        replica.Cause = "away, and its backlog took all room";
        work.OnReplicaGone(replica, now);
    }

    /// <summary>Another region takes its place, at an address that the engine knows.</summary>
    public void Replace(Replica replica, string cause, Instant now)
    {
        output.Disconnect(replica.Id, cause);
        replica.KeepsPlace = replica.KeepsPlace && Planted.Is(PlantedBug.CountReplaced);
        replica.Region = null;
        replica.Info = null;
        replica.IsSuperseded = false;
        replica.Promised = Generation.None;
        replica.HasForgotten = false;
        replica.Attempts = 0;
        Drop(replica, ReplicaState.Disconnected, cause, now);
        Connect(replica, TimeSpan.Zero, now, cause);
    }

    public void Connect(Replica replica, TimeSpan delay, Instant now, string cause)
    {
        replicas.Change(replica, ReplicaState.Connecting, now, cause);
        output.Connect(replica.Id, delay);
    }

    /// <summary>Looks whether a replica is there, has been away for too long, or may be tried again.</summary>
    public void Watch(Replica replica, Instant now)
    {
        switch (replica.State)
        {
            case ReplicaState.Faulted or ReplicaState.Refused when now - replica.Since >= settings.RetryAfter && !settings.ReadOnly
                && State() == VolumeState.Active:
                Connect(replica, TimeSpan.Zero, now, replica.Cause);
                return;
            case ReplicaState.Disconnected or ReplicaState.Connecting or ReplicaState.Greeting:
                EndPlaceOfAbsent(replica, now);
                break;
            case ReplicaState.Repairing when replica.OutstandingBytes > settings.MaxUnretiredBytes / 2:
                output.Disconnect(replica.Id, "too slow");
                Lose(replica, "could not keep up with the guest while it was repaired; it begins anew", now);
                return;
        }

        if (Waits(replica) && now - replica.LastHeard >= settings.ProbeAfter)
        {
            Probe(replica, now);
        }
    }

    private bool Waits(Replica replica) => replica.State switch
    {
        ReplicaState.Active or ReplicaState.Repairing => replica.OutstandingJobs > 0 || repairs.WaitsFor(replica),
        ReplicaState.Greeting or ReplicaState.Promoting or ReplicaState.Learning or ReplicaState.Marking => true,
        ReplicaState.Learnt or ReplicaState.Reconciling => activation.WaitsFor(replica),
        _ => false,
    };

    private void Probe(Replica replica, Instant now)
    {
        if (replica.ProbedAt == Instant.Never)
        {
            replica.ProbedAt = now;
            if (replica.State != ReplicaState.Greeting)
            {
                output.Send(replica.Id, new RuokHeader((ulong)now.Ticks));
            }
        }
        else if (now - replica.ProbedAt >= settings.HungAfter)
        {
            output.Disconnect(replica.Id, "answers nothing");
            Lose(replica, $"answered nothing for {(now - replica.LastHeard).TotalSeconds:0.0} s", now);
        }
    }

    // Without a quorum nothing is written, so that its backlog does not grow; and were the places of all taken away, nobody
    // would be left to mend the others from.
    private void EndPlaceOfAbsent(Replica replica, Instant now)
    {
        if (replica.KeepsPlace && replicas.Count(ReplicaState.Active) >= Retirement.Quorum && replica.AwaySince != Instant.Never && now - replica.AwaySince >= settings.AwayLimit
            && State() == VolumeState.Active)
        {
            replica.KeepsPlace = false;
            replica.Cause = $"away for more than {settings.AwayLimit.TotalSeconds:0} s";
            work.OnReplicaGone(replica, now);
        }
    }

    private void Drop(Replica replica, ReplicaState to, string cause, Instant now)
    {
        var tookPart = Activator.TakesPart(replica);
        if (replica.State != to)
        {
            replicas.Change(replica, to, now, cause);
        }

        repairs.OnLost(replica);
        work.OnReplicaGone(replica, now);
        if (tookPart)
        {
            activation.OnLost(replica, now);
        }
    }

    // At once the first time, then 50 ms doubling to 2 s; spread by the replica's number so that three don't knock together.
    private static TimeSpan RetryDelay(Replica replica)
    {
        var attempt = replica.Attempts++;
        if (attempt == 0)
        {
            return TimeSpan.Zero;
        }

        var delay = FirstRetry * Math.Pow(2, Math.Min(attempt - 1, 6)) * (1 + (0.1 * replica.Id.Value));
        return delay < LongestRetry ? delay : LongestRetry;
    }
}
