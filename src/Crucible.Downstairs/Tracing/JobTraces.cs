using System.Buffers.Binary;
using System.Diagnostics;
using Crucible.Protocol;

namespace Crucible.Downstairs;

/// <summary>
/// The open spans of one connection's jobs, joined to the upstairs' spans by the trace context each job carries. Where
/// nobody listens a job costs one branch. For any thread.
/// </summary>
internal sealed class JobTraces
{
    /// <summary>The name under which a program listens.</summary>
    public const string SourceName = "Crucible.Downstairs";

    /// <summary>Spans one connection holds open: a peer whose jobs never end costs no more.</summary>
    private const int MaxOpen = 4096;

    private static readonly ActivitySource Source = new(SourceName);

    private readonly Lock _lock = new();
    private readonly Dictionary<JobId, Activity> _open = [];
    private readonly List<Activity> _appending = [];
    private readonly List<Activity> _syncing = [];

    /// <summary>Whether anyone listens at all.</summary>
    public static bool IsOn => Source.HasListeners();

    /// <summary>Opens the span of a job that is appended.</summary>
    public void StartAppend(string name, in TraceContext trace, JobId job, bool syncs = false)
    {
        if (Start(name, trace, job) is { } activity)
        {
            lock (_lock)
            {
                _appending.Add(activity);
                if (syncs)
                {
                    _syncing.Add(activity);
                }
            }
        }
    }

    /// <summary>Opens the span of a read.</summary>
    public void StartRead(in TraceContext trace, JobId job) => Start("downstairs.read", trace, job);

    /// <summary>The batch with every job appended so far went into the journal.</summary>
    public void OnAppended(DateTime began, DateTime ended) => AddChildren(_appending, "journal.append", began, ended);

    /// <summary>A sync that covers every flush appended before it has ended.</summary>
    public void OnSynced(DateTime began, DateTime ended) => AddChildren(_syncing, "journal.fsync", began, ended);

    /// <summary>The job was answered: its span ends.</summary>
    public void OnAnswered(JobId job, ErrorCode result)
    {
        Activity? activity;
        lock (_lock)
        {
            if (!_open.Remove(job, out activity))
            {
                return;
            }

            _appending.Remove(activity);
            _syncing.Remove(activity);
        }

        if (result != ErrorCode.None)
        {
            activity.SetTag("error.type", result.ToString());
            activity.SetStatus(ActivityStatusCode.Error, result.ToString());
        }

        activity.Stop();
    }

    private Activity? Start(string name, in TraceContext trace, JobId job)
    {
        if (trace.IsNone)
        {
            return null;
        }

        // A span of ours belongs to a job, not to the thread that happens to begin it.
        var current = Activity.Current;
        var activity = Source.StartActivity(name, ActivityKind.Server, ParentOf(trace));
        Activity.Current = current;
        if (activity is null)
        {
            return null;
        }

        activity.SetTag("crucible.job", job.Value);
        lock (_lock)
        {
            if (_open.Count < MaxOpen && _open.TryAdd(job, activity))
            {
                return activity;
            }
        }

        activity.Dispose();
        return null;
    }

    private void AddChildren(List<Activity> parents, string name, DateTime began, DateTime ended)
    {
        lock (_lock)
        {
            foreach (var parent in parents)
            {
                var current = Activity.Current;
                var child = Source.StartActivity(name, ActivityKind.Internal, parent.Context, startTime: began);
                child?.SetEndTime(ended);
                child?.Stop();
                Activity.Current = current;
            }

            parents.Clear();
        }
    }

    private static ActivityContext ParentOf(in TraceContext trace)
    {
        Span<byte> bytes = stackalloc byte[24];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, trace.TraceIdHigh);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], trace.TraceIdLow);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[16..], trace.ParentId);
        return new ActivityContext(
            ActivityTraceId.CreateFromBytes(bytes[..16]),
            ActivitySpanId.CreateFromBytes(bytes[16..]),
            (ActivityTraceFlags)(trace.Flags & 1),
            isRemote: true);
    }
}
