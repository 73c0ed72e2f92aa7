namespace Crucible.Upstairs;

/// <summary>The three replicas and the one way to change the state of one.</summary>
internal sealed class ReplicaSet
{
    private readonly Replica[] _replicas = [new(new ReplicaId(0)), new(new ReplicaId(1)), new(new ReplicaId(2))];
    private readonly IUpstairsOutput _output;

    public ReplicaSet(IUpstairsOutput output)
    {
        _output = output;
    }

    public ReadOnlySpan<Replica> All => _replicas;

    public Replica this[ReplicaId id] => _replicas[id.Value];

    /// <summary>How many are in a state.</summary>
    public int Count(ReplicaState state)
    {
        var count = 0;
        foreach (var replica in _replicas)
        {
            count += replica.State == state ? 1 : 0;
        }

        return count;
    }

    /// <summary>Whether something holds of all that are in a state.</summary>
    public bool AllAre(ReplicaState state, Func<Replica, bool> holds)
    {
        foreach (var replica in _replicas)
        {
            if (replica.State == state && !holds(replica))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Those that are active.</summary>
    public ReplicaMask ActiveMask
    {
        get
        {
            var mask = default(ReplicaMask);
            foreach (var replica in _replicas)
            {
                mask = replica.State == ReplicaState.Active ? mask.With(replica.Id) : mask;
            }

            return mask;
        }
    }

    /// <summary>
    /// Who may know of a later upstairs that <paramref name="forgetful"/> served before it was made anew; null: nobody may. One that is
    /// active has not promised anything to it, and another one that was made anew holds nothing of it.
    /// </summary>
    public Replica? Unaccounted(Replica forgetful)
    {
        foreach (var replica in _replicas)
        {
            if (replica != forgetful && replica is not ({ State: ReplicaState.Active } or { State: ReplicaState.Learnt, HasForgotten: true }))
            {
                return replica;
            }
        }

        return null;
    }

    public void Change(Replica replica, ReplicaState to, Instant now, string cause)
    {
        var from = replica.State;
        Invariant.Require(ReplicaTransitions.IsLegal(from, to));
        replica.State = to;
        replica.Since = now;
        replica.Cause = cause;
        _output.ReplicaChanged(replica.Id, from, to, cause);
    }
}
