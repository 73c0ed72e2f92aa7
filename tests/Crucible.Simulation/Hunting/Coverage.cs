using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>What a life saw happen besides its faults.</summary>
internal enum Outcome
{
    RequestsDone,
    RequestsFailed,
    RequestsHeldToPatience,
    Activations,
    ActivationsThatFailed,
    WitnessRefusals,
    VolumesSuperseded,
    ReplicasReplayed,
    ReplicasReconciled,
    ReplicasRepairedLive,
    ReplicasFaulted,
    ReplicasRefused,
    BlocksRepaired,
    JobsSkippedAsReplayed,
    ReadsRefusedOrUnproved,
    BlocksToldToHoldNoData,
    GreetingsRefused,
    ConnectionsSuperseded,
    ViolationsSeenByDownstairs,
    ViolationsSeenByUpstairs,
    RegionsFaulted,
    RegionsThatDidNotOpen,
    RegionsReplacedByOperator,
    VolumesReopenedForRepair,
    JournalsApplied,
    JournalsFull,
    PlattersLookedAt,
    StatesLeftOpen,
    ActiveReplaced,
    InactiveReplaced,
    ReadersServed,
    ReadsOfReaders,
}

/// <summary>Counts of faults and outcomes.</summary>
internal sealed class Coverage
{
    /// <summary>How often each fault fired.</summary>
    public long[] Faults { get; } = new long[Enum.GetValues<FaultKind>().Length];

    /// <summary>In how many lives each fault fired.</summary>
    public long[] FaultLives { get; } = new long[Enum.GetValues<FaultKind>().Length];

    public long[] Outcomes { get; } = new long[Enum.GetValues<Outcome>().Length];

    public long[] OutcomeLives { get; } = new long[Enum.GetValues<Outcome>().Length];

    /// <summary>Faults that fired.</summary>
    public long FaultCount { get; private set; }

    public void Count(FaultKind kind)
    {
        Faults[(int)kind]++;
        FaultCount++;
    }

    public void Count(Outcome outcome, int count = 1) => Outcomes[(int)outcome] += count;

    public void OnReplicaChanged(ReplicaState from, ReplicaState to)
    {
        Outcome? outcome = (from, to) switch
        {
            (ReplicaState.Learnt, ReplicaState.Active) => Outcome.ReplicasReplayed,
            (_, ReplicaState.Reconciling) => Outcome.ReplicasReconciled,
            (_, ReplicaState.Faulted) => Outcome.ReplicasFaulted,
            (_, ReplicaState.Refused) => Outcome.ReplicasRefused,
            (_, ReplicaState.Repairing) => Outcome.ReplicasRepairedLive,
            _ => null,
        };
        if (outcome is { } counted)
        {
            Count(counted);
        }
    }

    public void OnVolumeChanged(VolumeState state, VolumeFailure failure, string cause)
    {
        switch (state)
        {
            case VolumeState.Active:
                Count(Outcome.Activations);
                break;
            case VolumeState.Superseded:
                Count(Outcome.VolumesSuperseded);
                break;
            case VolumeState.Failed:
                Count(failure == VolumeFailure.Mismatch && cause.Contains("under repair", StringComparison.Ordinal)
                    ? Outcome.WitnessRefusals : Outcome.ActivationsThatFailed);
                break;
        }
    }

    /// <summary>Adds those of one life.</summary>
    public void Add(Coverage life)
    {
        FaultCount += life.FaultCount;
        for (var i = 0; i < Faults.Length; i++)
        {
            Faults[i] += life.Faults[i];
            FaultLives[i] += life.FaultLives[i] + (life.FaultLives[i] == 0 && life.Faults[i] > 0 ? 1 : 0);
        }

        for (var i = 0; i < Outcomes.Length; i++)
        {
            Outcomes[i] += life.Outcomes[i];
            OutcomeLives[i] += life.OutcomeLives[i] + (life.OutcomeLives[i] == 0 && life.Outcomes[i] > 0 ? 1 : 0);
        }
    }
}
