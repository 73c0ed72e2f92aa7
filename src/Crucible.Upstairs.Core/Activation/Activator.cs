using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// Brings a volume up from at least two of its three replicas: promotes them under one generation, chooses the source,
/// makes the others like it, lets a quorum record that it is in sync, and only then lets the volume answer. Later it takes
/// in replicas that come back within the session. It says what comes next; each phase's work is done by a part of its own.
/// <code>
///   Gathering ──► Searching ──► Reconciling ──► Marking ──► Finished
///     ▲               │ └── read only ─┼────────────┼──────────▲
///     └───────────────┴────────────────┴────────────┴── a replica that takes part is lost
/// </code>
/// </summary>
internal sealed class Activator
{
    private readonly UpstairsSettings _settings;
    private readonly ReplicaSet _replicas;
    private readonly IUpstairsOutput _output;
    private readonly RepairScope _scope;
    private readonly VolumeIdentity _identity;
    private readonly Gathering _gathering;
    private readonly GenerationChoice _generation;
    private readonly SourceSearch _search;
    private readonly StartState _startState;
    private readonly Enrolment _enrolment;
    private Phase _phase = Phase.Gathering;

    public Activator(UpstairsSettings settings, ReplicaSet replicas, IUpstairsOutput output, RepairScope scope)
    {
        _settings = settings;
        _replicas = replicas;
        _output = output;
        _scope = scope;
        _identity = new VolumeIdentity(replicas, settings.Encrypted);
        _gathering = new Gathering(settings, replicas);
        _generation = new GenerationChoice(settings, replicas);
        Learning = new ReplicaLearning(replicas, output, _identity);
        _search = new SourceSearch(settings, replicas, scope, _gathering, _generation);
        _startState = new StartState(replicas);
        Reconciler = new Reconciler(scope);
        _enrolment = new Enrolment(replicas, output, scope, _generation);
    }

    private enum Phase
    {
        Gathering,
        Searching,
        Reconciling,
        Marking,
        Finished,
    }

    /// <summary>The geometry that all targets agree on; null before the first one told it.</summary>
    public RegionDefinition? Definition => _identity.Definition;

    /// <summary>The volume; none before it is known.</summary>
    public VolumeId Volume => _identity.Volume;

    /// <summary>The generation taken; none before it is chosen.</summary>
    public Generation Generation => _generation.Current;

    /// <summary>The number for the first flush of the session.</summary>
    public FlushNumber FirstFlush => _startState.FirstFlush;

    public bool IsFinished => _phase == Phase.Finished;

    /// <summary>Learns what promoted replicas hold.</summary>
    public ReplicaLearning Learning { get; }

    /// <summary>Makes them alike.</summary>
    public Reconciler Reconciler { get; }

    /// <summary>Whether an activation under way counts on a replica.</summary>
    public static bool TakesPart(Replica replica) => replica.State is ReplicaState.Promoting or ReplicaState.Learning
        or ReplicaState.Learnt or ReplicaState.Reconciling or ReplicaState.Marking;

    /// <summary>Whether it waits for an answer of a replica that is connected and known.</summary>
    public bool WaitsFor(Replica replica) => Reconciler.WaitsFor(replica) || _search.Crew.WaitsFor(replica.Id);

    public void Start(Instant now) => _gathering.Start(now);

    /// <summary>Takes a greeting's answer; a reason where the region can't belong to this volume.</summary>
    public string? Accept(Replica replica, in YesItsMeHeader region)
    {
        var problem = _identity.Accept(replica, region);
        if (problem is null)
        {
            _scope.Definition = _identity.Definition!;
        }

        return problem;
    }

    /// <summary>Null: not asked for; else whether the answer can be one.</summary>
    public bool? OnContexts(ReplicaId replica, in ContextsAckHeader ack) =>
        Reconciler.Crew.OnContexts(replica, ack) ?? _search.Crew.OnContexts(replica, ack);

    /// <summary>A control job was answered. False: it was not asked.</summary>
    public bool OnControlAck(Replica replica, JobId job, ErrorCode result, out string? fault) =>
        replica.State == ReplicaState.Marking
            ? Enrolment.OnAck(replica, job, result, out fault)
            : Reconciler.OnAck(replica, job, result, out fault);

    /// <summary>Whether a replica that was learnt in the running session may be marked in sync and sent all of its jobs.</summary>
    public bool HeldTheStartState(Replica replica) => _startState.IsHeldBy(replica);

    /// <summary>Whether a replica that was learnt in a running session that only reads may be read from.</summary>
    public bool MayBeReadFrom(Replica replica) => _startState.MayBeReadFrom(replica);

    /// <summary>Has one that held the start state record that it is in sync.</summary>
    public void Mark(Replica replica, Instant now) => _enrolment.Mark(replica, now);

    /// <summary>Goes on as far as what is known allows. Called after whatever may have changed it.</summary>
    public void Advance(Instant now)
    {
        switch (_phase)
        {
            case Phase.Gathering:
                Gather(now);
                break;
            case Phase.Searching:
                Search(now);
                break;
            case Phase.Reconciling:
                AwaitCopies(now);
                break;
            case Phase.Marking:
                AwaitMarks(now);
                break;
            default:
                PromoteWaiting(now);
                break;
        }
    }

    /// <summary>A replica that takes part in the activation was lost: begin again with those that are left.</summary>
    public void OnLost(Replica replica, Instant now)
    {
        if (IsFinished || _phase == Phase.Gathering)
        {
            return;
        }

        if (_phase == Phase.Marking && _generation.Raise() is { } problem)
        {
            _output.VolumeChanged(VolumeState.Failed, VolumeFailure.Generation, problem);
            return;
        }

        Reconciler.Clear();
        _search.Clear();
        _phase = Phase.Gathering;
        _gathering.Restart(now);
        foreach (var other in _replicas.All)
        {
            if (other != replica && TakesPart(other))
            {
                _output.Disconnect(other.Id, "activation begins again");
                _replicas.Change(other, ReplicaState.Disconnected, now, "activation begins again");
                _replicas.Change(other, ReplicaState.Connecting, now, "activation begins again");
                _output.Connect(other.Id, TimeSpan.Zero);
            }
        }
    }

    private void Gather(Instant now)
    {
        if (!_gathering.IsComplete(now, out var problem))
        {
            if (problem is not null)
            {
                _output.VolumeChanged(VolumeState.Failed, VolumeFailure.Unavailable, problem);
            }

            return;
        }

        if (_generation.Choose() is { } none)
        {
            _output.VolumeChanged(VolumeState.Failed, VolumeFailure.Generation, none);
            return;
        }

        _scope.Generation = Generation;
        _identity.ChooseVolume(_settings.NewVolume);
        _phase = Phase.Searching;
        PromoteWaiting(now);
    }

    private void PromoteWaiting(Instant now)
    {
        foreach (var replica in _replicas.All)
        {
            if (replica.State == ReplicaState.Waiting)
            {
                Promote(replica, now);
            }
        }
    }

    private void Promote(Replica replica, Instant now)
    {
        if (_settings.ReadOnly)
        {
            Learning.Ask(replica, now);
            return;
        }

        _replicas.Change(replica, ReplicaState.Promoting, now, $"promoted to generation {Generation}");
        _output.Send(replica.Id, new PromoteToActiveHeader(Generation, _settings.Session, Volume));
    }

    private void Search(Instant now)
    {
        var source = _search.Find(now, out var needsThird, out var problem);
        if (needsThird)
        {
            PromoteWaiting(now);
        }

        if (problem is not null)
        {
            _output.VolumeChanged(VolumeState.Failed, VolumeFailure.Mismatch, problem);
        }
        else if (source is not null && _settings.ReadOnly)
        {
            _startState.Note(source);
            _phase = Phase.Finished;
            _enrolment.ServeAlike(_startState, source, now);
            _output.VolumeChanged(VolumeState.Active, VolumeFailure.None, "");
        }
        else if (source is not null)
        {
            Reconcile(source, now);
        }
    }

    private void Reconcile(Replica source, Instant now)
    {
        _startState.Note(source);
        Reconciler.Begin(source, now);
        foreach (var replica in _replicas.All)
        {
            if (replica != source && replica.State == ReplicaState.Learnt && !SourceChoice.IsAlike(source, replica))
            {
                _replicas.Change(replica, ReplicaState.Reconciling, now, $"is made like replica {source.Id}");
                Reconciler.Add(replica);
            }
        }

        _phase = Phase.Reconciling;
        AwaitCopies(now);
    }

    private void AwaitCopies(Instant now)
    {
        Reconciler.Advance();
        if (Reconciler.IsDone)
        {
            _phase = Phase.Marking;
            _enrolment.MarkAll(now);
        }
    }

    private void AwaitMarks(Instant now)
    {
        if (_enrolment.AllAreMarked)
        {
            _phase = Phase.Finished;
            _enrolment.ServeMarked(now);
            _output.VolumeChanged(VolumeState.Active, VolumeFailure.None, "");
        }
    }
}
