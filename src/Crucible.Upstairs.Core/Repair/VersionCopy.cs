using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>Gives a repaired replica the source's versions of the extents where its own are others.</summary>
internal sealed class VersionCopy(RepairScope scope)
{
    /// <summary>Unanswered at once: enough to hide the way there and back.</summary>
    private const int MaxUnanswered = 256;

    // Only asked whether something is in it; its order decides nothing.
    private readonly HashSet<JobId> _unanswered = [];
    private Replica _target = null!;
    private ExtentVersion[] _from = [];
    private ExtentVersion[] _to = [];
    private Func<uint, bool> _skips = static _ => false;
    private uint _next;

    /// <summary>Begins.</summary>
    /// <param name="target">Who gets them.</param>
    /// <param name="from">The source's.</param>
    /// <param name="to">The target's.</param>
    /// <param name="skips">Whether an extent is left as it is; asked when its turn comes.</param>
    public void Begin(Replica target, ExtentVersion[] from, ExtentVersion[] to, Func<uint, bool> skips)
    {
        (_target, _from, _to, _skips) = (target, from, to, skips);
        _unanswered.Clear();
        _next = 0;
    }

    /// <summary>Sends what may be sent now; true once everything is answered.</summary>
    public bool Advance()
    {
        for (; _next < scope.Definition.ExtentCount && _unanswered.Count < MaxUnanswered; _next++)
        {
            var version = _from[_next];
            if (_skips(_next) || _to[_next] == version)
            {
                continue;
            }

            var job = scope.NextJob();
            _unanswered.Add(job);
            scope.Output.Send(_target.Id, new SetExtentVersionHeader(
                scope.Generation, job, new ExtentId(_next), version.Generation, version.Flush, version.Dirty));
        }

        return _next == scope.Definition.ExtentCount && _unanswered.Count == 0;
    }

    /// <summary>False: not one of its jobs.</summary>
    public bool TryAcknowledge(ReplicaId replica, JobId job) => _target?.Id == replica && _unanswered.Remove(job);

    public bool WaitsFor(ReplicaId replica) => _unanswered.Count > 0 && _target.Id == replica;

    public void Abandon() => _unanswered.Clear();
}
