using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Crucible.Upstairs;

/// <summary>
/// What a volume says of itself: its replicas' ways at Information, what a person should look at as warnings, and, in a
/// category of its own that is off unless asked for, a line a job.
/// </summary>
internal sealed class UpstairsLog(ILoggerFactory factory)
{
    private const int MostVersionsShown = 32;

    private readonly ILogger _log = factory.CreateLogger("Crucible.Upstairs");
    private readonly ILogger _jobs = factory.CreateLogger("Crucible.Upstairs.Jobs");

    // Of each replica the last loss while the volume opens. Where opening fails, its exception tells the cause, and a warning
    // before it would look like a second error. Guarded by the engine's lock, as all that changes replicas is.
    private readonly (Target Target, ReplicaState From, ReplicaState To, string Cause)?[] _lostWhileOpening =
        new (Target, ReplicaState, ReplicaState, string)?[ReplicaId.Count];

    private bool _isOpening = true;

    /// <summary>Whether anybody wants a line a job.</summary>
    public bool ShowsJobs => _jobs.IsEnabled(LogLevel.Trace);

    public void JobIssued(Job job, RegionDefinition definition)
    {
        var extent = definition.ExtentOf(job.Start);
        var offset = definition.OffsetInExtent(job.Start);
        var dependencies = job.Dependencies.ToString();
        if (job.PieceIndex == 0)
        {
            _jobs.RequestIssued(NameOf(job.Kind), job.RequestId, JobsOf(job, definition));
        }

        switch (job.Kind)
        {
            case RequestKind.Flush:
                _jobs.FlushIssued(job.Id, dependencies, job.Flush);
                break;
            case RequestKind.Read or RequestKind.ReadStates:
                _jobs.ReadIssued(job.Id, extent, offset, job.BlockCount, dependencies);
                break;
            default:
                _jobs.WriteIssued(job.Kind, job.Id, extent, offset, job.BlockCount, dependencies);
                break;
        }
    }

    public void JobRetired(JobId job, GuestRequestId request) => _jobs.JobRetired(job, request);

    public void ReplicaChanged(
        Target target, ReplicaId id, ReplicaState from, ReplicaState to, string cause, UpstairsEngine engine)
    {
        switch (to)
        {
            case ReplicaState.Connecting when from == ReplicaState.Disconnected && !_log.IsEnabled(LogLevel.Debug):
                _log.Connecting(target, id);
                break;
            case ReplicaState.Connecting:
                _log.ConnectingAfter(target, id, cause);
                break;
            case ReplicaState.Greeting:
                _log.Connected(target, id);
                break;
            case ReplicaState.Waiting:
                _lostWhileOpening[id.Value] = null;
                break;
            case ReplicaState.Learnt when _log.IsEnabled(LogLevel.Information):
                engine.Inspect(core =>
                {
                    _log.Evaluated(target, core.Definition!, VersionsOf(core.Replicas[id.Value]));
                    return 0;
                });
                break;
            case ReplicaState.Active when _log.IsEnabled(LogLevel.Information):
                _log.Active(target, CountActive(engine));
                break;
            case ReplicaState.Reconciling:
                _log.Reconciling(target, id, cause);
                break;
            case ReplicaState.Disconnected when from is ReplicaState.Connecting:
                _log.NotThere(target, id, cause);
                break;
            case ReplicaState.Disconnected or ReplicaState.Faulted or ReplicaState.Refused when _isOpening:
                _lostWhileOpening[id.Value] = (target, from, to, cause);
                break;
            case ReplicaState.Disconnected or ReplicaState.Faulted or ReplicaState.Refused:
                _log.Lost(target, id, from, to, cause);
                break;
        }
    }

    public void VolumeChanged(VolumeState state, string cause)
    {
        _isOpening = false;
        if (state == VolumeState.Active)
        {
            TellLostWhileOpening();
            _log.VolumeActive();
        }
        else if (state == VolumeState.Failed)
        {
            // Whoever opens it gets the cause as an exception: told twice it would look like two errors.
            _log.VolumeNotOpened(cause);
        }
        else if (state != VolumeState.Closed)
        {
            // No error by itself either, for the same reason: every request gets it.
            _log.VolumeEnded(state, cause);
        }
    }

    public void BadRead(Target target, ReplicaId id, BlockIndex start, uint blockCount) => _log.BadRead(target, id, blockCount, start);

    public void ErrorReported(Target target, ReplicaId id, ErrorCode code, string text) => _log.ErrorReported(target, id, code, text);

    public void Goodbye(Target target, ReplicaId id, string text) => _log.Goodbye(target, id, text);

    public void FlushAtCloseFailed(string reason) => _log.FlushAtCloseFailed(reason);

    private void TellLostWhileOpening()
    {
        for (byte i = 0; i < ReplicaId.Count; i++)
        {
            if (_lostWhileOpening[i] is { } lost)
            {
                _log.Lost(lost.Target, new ReplicaId(i), lost.From, lost.To, lost.Cause);
            }
        }
    }

    private static int CountActive(UpstairsEngine engine) => engine.Inspect(core =>
    {
        var count = 0;
        foreach (var replica in core.Replicas)
        {
            count += replica.State == ReplicaState.Active ? 1 : 0;
        }

        return count;
    });

    private static string NameOf(RequestKind kind) => kind switch
    {
        RequestKind.Write => "WRITE:",
        RequestKind.WriteZeroes => "ZEROES:",
        RequestKind.Discard => "DISCARD:",
        RequestKind.Flush => "FLUSH:",
        RequestKind.ReadStates => "STATES:",
        _ => "READ: ",
    };

    private static string JobsOf(Job job, RegionDefinition definition)
    {
        if (job.Request is not { } request || request.Pieces.Length <= 1)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{{{job.Id}: {(ulong)job.BlockCount << definition.BlockShift}}}");
        }

        var text = new StringBuilder("{");
        for (var i = 0; i < request.Pieces.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"{(i == 0 ? "" : ", ")}{job.Id.Value + (ulong)i}: {(ulong)request.Pieces[i].BlockCount << definition.BlockShift}");
        }

        return text.Append('}').ToString();
    }

    private static string VersionsOf(Replica replica)
    {
        var versions = replica.ExtentVersions;
        var text = new StringBuilder("[");
        for (var i = 0; i < Math.Min(versions.Length, MostVersionsShown); i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? "" : ", ")}{versions[i].Flush}");
        }

        return text.Append(versions.Length > MostVersionsShown ? ", …]" : "]").ToString();
    }
}
