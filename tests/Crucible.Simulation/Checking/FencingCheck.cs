namespace Crucible.Simulation;

/// <summary>
/// I4: what a replica promised it keeps, also after restarts; no two sessions of one generation ever serve. One that was replaced
/// is asked by nobody who opens the volume later. Daemons are told apart by their addresses.
/// </summary>
internal sealed class FencingCheck
{
    private readonly Dictionary<int, (Generation Generation, SessionId Session)> _promised = [];
    private readonly Dictionary<int, Generation> _replaced = [];
    private readonly Dictionary<Generation, SessionLog> _active = [];

    /// <summary>A replica tells a session that it is the active one.</summary>
    public void OnPromised(int address, Generation generation, SessionId session)
    {
        if (_replaced.TryGetValue(address, out var last) && generation > last)
        {
            throw new ViolationException("I4", $"the daemon at {address} promises generation {generation}, and was replaced under {last}");
        }

        var before = _promised.GetValueOrDefault(address);
        if (generation < before.Generation || (generation == before.Generation && session != before.Session))
        {
            throw new ViolationException("I4", $"the daemon at {address} promises generation {generation} to session {session} "
                + $"after it promised {before.Generation} to session {before.Session}");
        }

        _promised[address] = (generation, session);
    }

    /// <summary>A replica takes a job.</summary>
    public void OnAppend(int address, Generation generation, SessionId session, JobId job)
    {
        var promised = _promised.GetValueOrDefault(address);
        if ((generation, session) != promised)
        {
            throw new ViolationException("I4", $"the daemon at {address} takes job {job} of generation {generation}, session {session}, "
                + $"and has promised {promised.Generation} to session {promised.Session}");
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

    /// <summary>The daemon's region is another now, or an older copy: what it promised is forgotten, by the fault.</summary>
    public void OnForgot(int address) => _promised.Remove(address);

    /// <summary>Another daemon took its place, in a session of this generation.</summary>
    public void OnReplaced(int address, Generation generation) => _replaced[address] = generation;
}
