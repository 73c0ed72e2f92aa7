namespace Crucible.Simulation;

/// <summary>I4: what a replica promised it keeps, also after restarts; no two sessions of one generation ever serve.</summary>
internal sealed class FencingCheck
{
    private readonly (Generation Generation, SessionId Session)[] _promised = new (Generation, SessionId)[ReplicaId.Count];
    private readonly Dictionary<Generation, SessionLog> _active = [];

    /// <summary>A replica tells a session that it is the active one.</summary>
    public void OnPromised(int replica, Generation generation, SessionId session)
    {
        var before = _promised[replica];
        if (generation < before.Generation || (generation == before.Generation && session != before.Session))
        {
            throw new ViolationException("I4", $"replica {replica} promises generation {generation} to session {session} "
                + $"after it promised {before.Generation} to session {before.Session}");
        }

        _promised[replica] = (generation, session);
    }

    /// <summary>A replica takes a job.</summary>
    public void OnAppend(int replica, Generation generation, SessionId session, JobId job)
    {
        if ((generation, session) != _promised[replica])
        {
            throw new ViolationException("I4", $"replica {replica} takes job {job} of generation {generation}, session {session}, "
                + $"and has promised {_promised[replica].Generation} to session {_promised[replica].Session}");
        }
    }

    /// <summary>A session serves.</summary>
    public void OnActive(SessionLog log, Generation generation)
    {
        if (!_active.TryAdd(generation, log))
        {
            throw new ViolationException("I4", $"sessions {_active[generation].Number} and {log.Number} both serve under generation {generation}");
        }
    }

    /// <summary>The replica's region is another now, or an older copy: what it promised is forgotten, by the fault.</summary>
    public void OnReplaced(int replica) => _promised[replica] = default;
}
