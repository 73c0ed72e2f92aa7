namespace Crucible.Upstairs;

/// <summary>How a volume is at one moment; what is not known yet, on its way to be open, is null.</summary>
/// <param name="State">How far it is.</param>
/// <param name="Cause">Why it has ended, where it has.</param>
/// <param name="Volume">Which volume; null before a replica told it, or before a new one has its id.</param>
/// <param name="Generation">Its generation, none where it only reads; null before one was chosen.</param>
/// <param name="Definition">Its geometry; null before a replica told it.</param>
/// <param name="Jobs">Jobs in flight or held for replay.</param>
/// <param name="HeldBytes">Bytes of writes held for replay.</param>
/// <param name="Replicas">The three replicas.</param>
/// <param name="Repair">The repair under way, of a replica beside the guest or at activation; null: none.</param>
/// <param name="Scrub">The scrub under way, or how the last one ended; null: none yet.</param>
/// <param name="HealedBlocks">Blocks that a read found damaged on a replica and that were mended from another.</param>
/// <param name="History">The last transitions of the replicas, oldest first; an attempt that fails as the one before did is told once.</param>
public sealed record VolumeStatus(
    VolumeState State,
    string Cause,
    VolumeId? Volume,
    Generation? Generation,
    RegionDefinition? Definition,
    int Jobs,
    long HeldBytes,
    IReadOnlyList<ReplicaStatus> Replicas,
    RepairProgress? Repair,
    ScrubProgress? Scrub,
    ulong HealedBlocks,
    IReadOnlyList<ReplicaTransition> History)
{
    internal static VolumeStatus Of(UpstairsEngine engine) => engine.Inspect(core =>
    {
        var now = UpstairsEngine.Now();
        var replicas = new List<ReplicaStatus>();
        foreach (var replica in core.Replicas)
        {
            replicas.Add(new ReplicaStatus(
                replica.Id, engine.TargetOf(replica.Id), replica.State, now - replica.Since, engine.History.SinceOf(replica.Id), replica.Cause,
                replica.Region?.Region, replica.Region?.Promised ?? Crucible.Generation.None, replica.OutstandingJobs, replica.OutstandingBytes, replica.BadReads, replica.RepairedBlocks));
        }

        return new VolumeStatus(
            core.State,
            core.Cause,
            core.Volume == VolumeId.None ? null : core.Volume,
            core.Generation == Crucible.Generation.None && !engine.WasOpened ? null : core.Generation,
            core.Definition,
            core.JobCount,
            core.HeldBytes,
            replicas,
            core.RepairAt(now),
            core.ScrubAt(now),
            core.HealedBlocks,
            engine.History.ToArray());
    });
}

/// <summary>How one replica is at one moment.</summary>
/// <param name="Id">Which of the targets, from 0.</param>
/// <param name="Address">The target as it was given.</param>
/// <param name="State">Its state.</param>
/// <param name="InStateFor">For how long.</param>
/// <param name="Since">Since when, by the system's clock.</param>
/// <param name="Cause">Why, in words.</param>
/// <param name="Region">Its region; null before it was greeted.</param>
/// <param name="Promised">The highest generation it had promised when it was last greeted; none before that.</param>
/// <param name="OutstandingJobs">Jobs sent and not answered.</param>
/// <param name="OutstandingBytes">Bytes of blocks in them.</param>
/// <param name="BadReads">Reads that it answered with damaged data or an error.</param>
/// <param name="RepairedBlocks">Blocks that repair wrote to it since it was last taken in.</param>
public sealed record ReplicaStatus(
    ReplicaId Id,
    string Address,
    ReplicaState State,
    TimeSpan InStateFor,
    DateTimeOffset Since,
    string Cause,
    RegionId? Region,
    Generation Promised,
    int OutstandingJobs,
    long OutstandingBytes,
    long BadReads,
    ulong RepairedBlocks);
