using System.Diagnostics;
using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>The open spans of jobs that were sent and not answered. Guarded by the engine's lock; there only while somebody traces.</summary>
internal sealed class SendSpans
{
    private readonly Dictionary<(ReplicaId Replica, JobId Job), Activity> _open = [];

    /// <summary>Begins the span of one replica's part of a job; the context that travels with it.</summary>
    public TraceContext OnSend(ReplicaId replica, JobId job, in TraceContext parent, string operation)
    {
        var outer = Activity.Current;
        var span = UpstairsTracing.Source.StartActivity("upstairs.send", ActivityKind.Client, UpstairsTracing.ContextOf(parent));
        Activity.Current = outer;
        if (span is null)
        {
            return parent;
        }

        span.SetTag("crucible.replica", (int)replica.Value);
        span.SetTag("crucible.operation", operation);
        _open[(replica, job)] = span;
        return UpstairsTracing.ContextOf(span);
    }

    public void OnAnswer(ReplicaId replica, JobId job, ErrorCode result)
    {
        if (_open.Remove((replica, job), out var span))
        {
            End(span, result == ErrorCode.None ? null : result.ToString());
        }
    }

    public void OnDisconnected(ReplicaId replica)
    {
        foreach (var key in _open.Keys.Where(k => k.Replica == replica).ToList())
        {
            if (_open.Remove(key, out var span))
            {
                End(span, "disconnected");
            }
        }
    }

    private static void End(Activity span, string? error)
    {
        if (error is not null)
        {
            span.SetTag("error.type", error);
            span.SetStatus(ActivityStatusCode.Error, error);
        }

        var outer = Activity.Current;
        span.Stop();
        Activity.Current = outer;
    }
}
