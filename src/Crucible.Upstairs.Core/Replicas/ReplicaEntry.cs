using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// The way of a replica from a new connection to where all is known of it: greeting, promotion, learning. Then the activation,
/// or its return, decides about it. A greeting that can't be, or is refused, may end the volume.
/// </summary>
internal sealed class ReplicaEntry(
    UpstairsSettings settings,
    ReplicaSet replicas,
    IUpstairsOutput output,
    Activator activation,
    RepairWork repairs,
    ReplicaKeeper keeper,
    ReplicaReturn returns,
    VolumeLifecycle lifecycle)
{
    /// <summary>The engine has connected to a replica.</summary>
    public void OnConnected(ReplicaId id, Instant now)
    {
        var replica = replicas[id];
        if (lifecycle.HasEnded || replica.State != ReplicaState.Connecting)
        {
            output.Disconnect(id, "not wanted any more");
            return;
        }

        replicas.Change(replica, ReplicaState.Greeting, now, "connected");
        replica.LastHeard = now;
        replica.ProbedAt = Instant.Never;
        output.Send(id, new HereIAmHeader(
            (uint)ProtocolVersions.Oldest, (uint)ProtocolVersions.Newest, settings.Upstairs, settings.Session,
            activation.Generation, settings.ReadOnly, settings.Encrypted, settings.Trace));
    }

    public void OnYesItsMe(ReplicaId id, in YesItsMeHeader region, Instant now)
    {
        var replica = replicas[id];
        if (!keeper.Expect(replica, ReplicaState.Greeting, "YesItsMe", now))
        {
            return;
        }

        if (activation.Accept(replica, region) is { } problem)
        {
            keeper.Refuse(replica, problem, now);
            if (!activation.IsFinished)
            {
                lifecycle.End(VolumeState.Failed, VolumeFailure.Mismatch, problem);
            }

            return;
        }

        replicas.Change(replica, ReplicaState.Waiting, now, "greeted");
        activation.Advance(now);
    }

    public void OnRefused(ReplicaId id, in RefusedHeader refusal, Instant now)
    {
        var replica = replicas[id];
        if (refusal.Code == RefusalCode.Busy)
        {
            output.Disconnect(id, "busy");
            keeper.Lose(replica, refusal.Text, now);
            return;
        }

        replica.IsSuperseded |= refusal.Code == RefusalCode.Generation;
        keeper.Refuse(replica, $"refused ({refusal.Code}): {refusal.Text}", now);
        switch (refusal.Code)
        {
            case RefusalCode.Generation when activation.IsFinished || settings.Generation != Generation.None:
                lifecycle.GiveUpIfSuperseded($"generation {activation.Generation} was refused: {refusal.Promised} was promised before");
                break;
            case RefusalCode.Generation:
                lifecycle.End(VolumeState.Failed, VolumeFailure.Generation, $"another upstairs took generation {refusal.Promised} meanwhile; try again");
                break;
            case RefusalCode.Faulted:
                break;
            case var code when !activation.IsFinished:
                var failure = code == RefusalCode.Identity ? VolumeFailure.Mismatch : VolumeFailure.Incompatible;
                lifecycle.End(VolumeState.Failed, failure, $"target {id} refused ({code}): {refusal.Text}");
                break;
        }
    }

    public void OnYouAreNowActive(ReplicaId id, in YouAreNowActiveHeader header, Instant now)
    {
        var replica = replicas[id];
        if (!keeper.Expect(replica, ReplicaState.Promoting, "YouAreNowActive", now))
        {
            return;
        }

        if (header.Generation != activation.Generation)
        {
            keeper.Violation(replica, $"was promoted to generation {header.Generation} instead of {activation.Generation}", now);
            return;
        }

        // A promise is durable before it is told: one that greets with less than it promised us has forgotten more, perhaps.
        replica.HasForgotten |= replica.Region is { } region && region.Promised < replica.Promised;
        replica.Promised = header.Generation;
        activation.Learning.Ask(replica, now);
    }

    public void OnYouAreNoLongerActive(ReplicaId id, in YouAreNoLongerActiveHeader header, Instant now)
    {
        replicas[id].IsSuperseded = true;
        keeper.Refuse(replicas[id], $"generation {header.Promised} took over", now);
        lifecycle.GiveUpIfSuperseded($"generation {header.Promised} took over");
    }

    public void OnRegionInfo(ReplicaId id, in RegionInfoHeader info, Instant now)
    {
        var replica = replicas[id];
        if (keeper.Expect(replica, ReplicaState.Learning, "RegionInfo", now))
        {
            activation.Learning.OnRegionInfo(replica, info, now);
            AfterLearning(replica, now);
        }
    }

    public void OnExtentVersions(ReplicaId id, in ExtentVersionsHeader versions, Instant now)
    {
        var replica = replicas[id];
        if (replica.State != ReplicaState.Learning && repairs.Live.OnVersions(replica, versions))
        {
            lifecycle.Advance(now);
            return;
        }

        if (!activation.Learning.OnVersions(replica, versions, now))
        {
            keeper.Violation(replica, "told extent versions that were not asked for", now);
            return;
        }

        AfterLearning(replica, now);
    }

    private void AfterLearning(Replica replica, Instant now)
    {
        if (!activation.IsFinished)
        {
            activation.Advance(now);
        }
        else if (replica.State == ReplicaState.Learnt)
        {
            returns.Decide(replica, now);
        }
    }
}
