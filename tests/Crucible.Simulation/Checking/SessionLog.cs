using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>
/// What one activation did and was answered, and what the volume may have been when it began: every state that the session
/// before may have left behind, fewer with each read that tells one from another.
/// </summary>
internal sealed class SessionLog(int number, SessionId session, ulong blocks)
{
    private readonly List<BlockVersion>[] _versions = new List<BlockVersion>[blocks];
    private readonly int[] _seen = NewSeen(blocks);

    /// <summary>Number of the upstairs.</summary>
    public int Number { get; } = number;

    public SessionId Session { get; } = session;

    public Generation Generation { get; private set; }

    /// <summary>It has served guests.</summary>
    public bool WasActive { get; private set; }

    /// <summary>The active session whose place it took; null for the first.</summary>
    public SessionLog? Before { get; private set; }

    /// <summary>The sessions that took its place.</summary>
    public List<SessionLog> After { get; } = [];

    /// <summary>Its changes, in the order of their jobs.</summary>
    public List<Change> Changes { get; } = [];

    /// <summary>What the volume may have been when it began.</summary>
    public List<VolumeStates> Base { get; private set; } = [];

    /// <summary>The last change that a flush made durable, as the guest was told; −1: none.</summary>
    public int LastFlushed { get; private set; } = -1;

    /// <summary>The last change that was acknowledged by two journals, and that no loss of power may have taken since; −1: none.</summary>
    public int LastHeld { get; private set; } = -1;

    /// <summary>What must have survived it: no later session may begin with less.</summary>
    public int LeastSurviving => Math.Max(LastFlushed, LastHeld);

    /// <summary>It serves from now on.</summary>
    public void Begin(Generation generation, SessionLog? before)
    {
        Generation = generation;
        WasActive = true;
        Before = before;
        before?.After.Add(this);
        Base = before is null ? [new VolumeStates(new ulong[blocks], 0)] : before.StatesLeft();
    }

    public void OnJobIssued(Job job)
    {
        if (job.Kind.IsRead())
        {
            return;
        }

        var request = (SimulatedRequest?)job.Request;
        var index = Changes.Count;
        var stamps = job.Kind == RequestKind.Write
            ? new ArraySegment<ulong>(request!.Stamps, (int)(job.Start.Value - request.Start), (int)job.BlockCount)
            : default;
        Changes.Add(new Change(job.Id, job.Kind, job.Start.Value, job.BlockCount, stamps, request));
        if (request is not null)
        {
            request.LastChange = index;
        }

        for (ulong i = 0; i < job.BlockCount; i++)
        {
            (_versions[job.Start.Value + i] ??= []).Add(new BlockVersion(index, stamps.Count == 0 ? 0 : stamps[(int)i]));
        }
    }

    /// <summary>The least that a read of a block must see: the change, or −1.</summary>
    public int MustSee(ulong block) => _seen[block];

    /// <summary>All versions of a block that its changes made, oldest first.</summary>
    public IReadOnlyList<BlockVersion> VersionsOf(ulong block) => _versions[block] ?? [];

    /// <summary>A change to a block is acknowledged, or was read: later reads see it or a later one.</summary>
    public void Saw(ulong block, int change) => _seen[block] = Math.Max(_seen[block], change);

    /// <summary>A flush, or with <paramref name="held"/> a write, was acknowledged.</summary>
    public void Acknowledged(int change, bool held)
    {
        if (held)
        {
            LastHeld = Math.Max(LastHeld, change);
        }
        else
        {
            LastFlushed = Math.Max(LastFlushed, change);
        }

        foreach (var later in After)
        {
            later.KeepStates(state => state.Changes > change, "I3",
                $"session {Number} acknowledged change {change} after session {later.Number} had begun without it");
        }
    }

    /// <summary>Power was lost somewhere: what no flush made durable may be gone.</summary>
    public void ForgetHeld() => LastHeld = -1;

    /// <summary>Drops the states that something seen rules out; there must be one left.</summary>
    public void KeepStates(Func<VolumeStates, bool> keeps, string invariant, string otherwise)
    {
        if (Base.TrueForAll(state => keeps(state)))
        {
            return;
        }

        var kept = Base.FindAll(state => keeps(state));
        if (kept.Count == 0)
        {
            throw new ViolationException(invariant, otherwise);
        }

        Base = kept;
    }

    /// <summary>Every state that it may leave behind now: what it began with and its changes up to any one that is late enough.</summary>
    public List<VolumeStates> StatesLeft()
    {
        var states = new List<VolumeStates>();
        var index = new Dictionary<ulong, int>();
        var least = LeastSurviving;
        foreach (var begun in Base)
        {
            var stamps = (ulong[])begun.Stamps.Clone();
            for (var change = -1; change < Changes.Count; change++)
            {
                if (change >= 0)
                {
                    Apply(stamps, Changes[change]);
                }

                if (change >= least)
                {
                    AddState(states, index, stamps, change + 1);
                }
            }
        }

        return states;
    }

    private static void AddState(List<VolumeStates> states, Dictionary<ulong, int> index, ulong[] stamps, int changes)
    {
        var hash = 0UL;
        foreach (var stamp in stamps)
        {
            hash = SimulationRandom.Mix(hash ^ stamp);
        }

        if (index.TryGetValue(hash, out var at))
        {
            states[at] = states[at] with { Changes = Math.Max(states[at].Changes, changes) };
            return;
        }

        index.Add(hash, states.Count);
        states.Add(new VolumeStates((ulong[])stamps.Clone(), changes));
    }

    private static void Apply(ulong[] stamps, in Change change)
    {
        for (ulong i = 0; i < change.BlockCount; i++)
        {
            stamps[change.Start + i] = change.StampOf(change.Start + i);
        }
    }

    private static int[] NewSeen(ulong blocks)
    {
        var seen = new int[blocks];
        Array.Fill(seen, -1);
        return seen;
    }
}
