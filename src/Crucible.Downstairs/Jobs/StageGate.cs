using System.Diagnostics;
using Crucible.Storage;

namespace Crucible.Downstairs;

/// <summary>
/// How a connection's thread comes into the append stage with room for its next job, commits what is there, and leaves. It
/// may block here, for the disk or for room, and never does so under the core's lock: meanwhile the others are served.
/// </summary>
internal sealed class StageGate(
    Region region,
    AppendStage stage,
    Applier applier,
    DownstairsCore core,
    Lock coreLock,
    DownstairsMetrics metrics,
    Action<List<Connection>> sendTouched)
{
    /// <summary>Takes the stage, if the connection does not hold it already, and makes room for any one job.</summary>
    public void Enter(Connection connection)
    {
        if (!connection.HoldsStage)
        {
            stage.Enter();
            connection.HoldsStage = true;
        }

        if (!stage.TakesAnyJob)
        {
            Commit(connection);
            if (!stage.TakesAnyJob)
            {
                MakeRoom(connection);
            }
        }
    }

    public void Leave(Connection connection)
    {
        if (connection.HoldsStage)
        {
            connection.HoldsStage = false;
            stage.Exit();
        }
    }

    /// <summary>Puts what waits into the journal and tells the core; nothing where the connection does not hold the stage.</summary>
    public void Commit(Connection connection)
    {
        if (!connection.HoldsStage)
        {
            return;
        }

        var began = connection.Traces is null ? default : DateTime.UtcNow;
        var start = metrics.Appends.Enabled ? Stopwatch.GetTimestamp() : 0;
        var hasAppended = !stage.IsEmpty;
        var result = stage.Commit();
        if (start != 0)
        {
            metrics.Appends.Record(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        connection.Traces?.OnAppended(began, DateTime.UtcNow);
        lock (coreLock)
        {
            if (core.NeedsCommit || result != ErrorCode.None)
            {
                core.OnCommitted(result);
            }
        }

        if (hasAppended)
        {
            applier.OnAppended();
        }
    }

    /// <summary>Commits where something that waits touches one of the blocks.</summary>
    public void CommitIfOverlaps(Connection connection, BlockIndex start, uint count)
    {
        if (connection.HoldsStage && stage.Overlaps(start, count))
        {
            Commit(connection);
        }
    }

    private void MakeRoom(Connection connection)
    {
        if (region.IsReadOnly)
        {
            return;
        }

        sendTouched(connection.Touched);
        lock (coreLock)
        {
            if (!core.TakesJobs)
            {
                return;
            }
        }

        var result = stage.WaitForRoom();
        lock (coreLock)
        {
            if (result == ErrorCode.NoSpace)
            {
                core.OnNoRoom();
            }
            else if (result != ErrorCode.None)
            {
                core.OnCommitted(result);
            }
        }
    }
}
