namespace Crucible.Upstairs;

/// <summary>A replica went from one state to another.</summary>
/// <param name="Time">When, by the system's clock.</param>
/// <param name="Replica">Which.</param>
/// <param name="From">The state before.</param>
/// <param name="To">The state after.</param>
/// <param name="Cause">Why, in words.</param>
public readonly record struct ReplicaTransition(DateTimeOffset Time, ReplicaId Replica, ReplicaState From, ReplicaState To, string Cause);

/// <summary>
/// The last transitions of a volume's replicas, the newest <see cref="Capacity"/> (I7). An attempt that fails as the one
/// before did is not noted again: a replica that is away for a day must not push out why it went. Guarded by the engine's lock.
/// </summary>
internal sealed class TransitionHistory
{
    /// <summary>Most transitions kept.</summary>
    public const int Capacity = 1000;

    private readonly ReplicaTransition[] _ring = new ReplicaTransition[Capacity];
    private readonly DateTimeOffset[] _since = new DateTimeOffset[ReplicaId.Count];

    // The last two noted of each replica: a vain attempt is a pair, connecting and disconnected.
    private readonly ReplicaTransition[] _last = new ReplicaTransition[ReplicaId.Count];
    private readonly ReplicaTransition[] _lastButOne = new ReplicaTransition[ReplicaId.Count];
    private long _noted;

    /// <param name="start">When the replicas came into the state that they begin in.</param>
    public TransitionHistory(DateTimeOffset start) => Array.Fill(_since, start);

    /// <summary>Transitions ever noted.</summary>
    public long Noted => _noted;

    /// <summary>Since when a replica is in its state.</summary>
    public DateTimeOffset SinceOf(ReplicaId replica) => _since[replica.Value];

    public void Note(in ReplicaTransition transition)
    {
        var replica = transition.Replica.Value;
        _since[replica] = transition.Time;
        if (IsSame(transition, _last[replica]) || IsSame(transition, _lastButOne[replica]))
        {
            return;
        }

        (_lastButOne[replica], _last[replica]) = (_last[replica], transition);
        _ring[_noted++ % Capacity] = transition;
    }

    /// <summary>Oldest first.</summary>
    public ReplicaTransition[] ToArray()
    {
        var count = (int)Math.Min(_noted, Capacity);
        var transitions = new ReplicaTransition[count];
        for (var i = 0; i < count; i++)
        {
            transitions[i] = _ring[(_noted - count + i) % Capacity];
        }

        return transitions;
    }

    private static bool IsSame(in ReplicaTransition one, in ReplicaTransition other) =>
        one.From == other.From && one.To == other.To && one.Cause == other.Cause;
}
