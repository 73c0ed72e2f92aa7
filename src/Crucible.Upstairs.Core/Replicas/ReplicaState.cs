namespace Crucible.Upstairs;

/// <summary>
/// The way of one replica.
/// <code>
///  Disconnected ──► Connecting ──► Greeting ──► Waiting ──► Promoting ──► Learning ──► Learnt ──► Reconciling ──► Marking ──► Active
///       ▲               │             │            │            │            │           │ │            │            ▲           │
///       │               │             │            │            │            │           │ └────────────┼────────────┘           │
///       │               │             │            │            │            │           └── (replay) ──┼───────────────────────►│
///       ├───────────────┴─────────────┴────────────┴────────────┴────────────┴──────── any loss of the connection ───────────────┤
///       │                                                                         Learnt ──► Repairing ──► Active                │
///       └── after a while ── Faulted: did or missed something that only a repair mends ◄─────────────────────────────────────────┘
///                            Refused: will not have us
/// </code>
/// </summary>
public enum ReplicaState : byte
{
    /// <summary>No connection; one will be tried.</summary>
    Disconnected,

    /// <summary>The engine was told to connect.</summary>
    Connecting,

    /// <summary>HereIAm was sent.</summary>
    Greeting,

    /// <summary>The greeting was accepted; waits for the quorum.</summary>
    Waiting,

    /// <summary>PromoteToActive was sent.</summary>
    Promoting,

    /// <summary>RegionInfo and extent versions were asked for.</summary>
    Learning,

    /// <summary>All is known of it; waits for the decision.</summary>
    Learnt,

    /// <summary>Is being made like the source, or is the source.</summary>
    Reconciling,

    /// <summary>Gets every job, and is made alike while the guest runs. Counts for nothing until that is done.</summary>
    Repairing,

    /// <summary>MarkInSync was sent.</summary>
    Marking,

    /// <summary>In sync: gets every job.</summary>
    Active,

    /// <summary>Did or missed something that only a repair can mend.</summary>
    Faulted,

    /// <summary>Refused the greeting or the promotion.</summary>
    Refused,
}

/// <summary>The one table of legal transitions.</summary>
public static class ReplicaTransitions
{
    /// <summary>Whether a replica may go from one state to the other.</summary>
    public static bool IsLegal(ReplicaState from, ReplicaState to) => (from, to) switch
    {
        (_, ReplicaState.Disconnected) => true,
        (_, ReplicaState.Faulted) => true,
        (ReplicaState.Disconnected or ReplicaState.Faulted or ReplicaState.Refused, ReplicaState.Connecting) => true,
        (ReplicaState.Connecting, ReplicaState.Greeting) => true,
        (ReplicaState.Greeting, ReplicaState.Waiting or ReplicaState.Refused) => true,
        (ReplicaState.Waiting, ReplicaState.Promoting or ReplicaState.Learning or ReplicaState.Refused) => true,
        (ReplicaState.Promoting, ReplicaState.Learning or ReplicaState.Refused or ReplicaState.Waiting) => true,
        (ReplicaState.Learning, ReplicaState.Learnt or ReplicaState.Refused) => true,
        (ReplicaState.Learnt, ReplicaState.Reconciling or ReplicaState.Marking or ReplicaState.Repairing or ReplicaState.Active) => true,
        (ReplicaState.Repairing, ReplicaState.Active) => true,
        (ReplicaState.Learnt or ReplicaState.Reconciling or ReplicaState.Marking or ReplicaState.Repairing, ReplicaState.Refused) => true,
        (ReplicaState.Reconciling, ReplicaState.Marking) => true,
        (ReplicaState.Marking, ReplicaState.Active) => true,
        (ReplicaState.Active, ReplicaState.Refused) => true,
        _ => false,
    };
}
