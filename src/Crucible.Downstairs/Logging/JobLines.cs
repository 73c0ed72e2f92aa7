using Crucible.Protocol;
using Microsoft.Extensions.Logging;

namespace Crucible.Downstairs;

/// <summary>
/// One line a job, in the guides' form, at Trace in the category <see cref="Category"/>. Where that is off a job costs one
/// question and formats nothing.
/// </summary>
internal sealed partial class JobLines(ILoggerFactory loggers, RegionDefinition definition)
{
    /// <summary>The category of these lines.</summary>
    public const string Category = "Crucible.Downstairs.Jobs";

    private readonly ILogger _logger = loggers.CreateLogger(Category);

    public void Write(in WriteHeader job)
    {
        if (_logger.IsEnabled(LogLevel.Trace))
        {
            Changes(_logger, "Write      ", job.Job, Extent(job.Start), job.Dependencies.ToString(), Offset(job.Start));
        }
    }

    public void Zeroes(in WriteZeroesHeader job)
    {
        if (_logger.IsEnabled(LogLevel.Trace))
        {
            Changes(_logger, "WriteZeroes", job.Job, Extent(job.Start), job.Dependencies.ToString(), Offset(job.Start));
        }
    }

    public void Discard(in DiscardHeader job)
    {
        if (_logger.IsEnabled(LogLevel.Trace))
        {
            Changes(_logger, "Discard    ", job.Job, Extent(job.Start), job.Dependencies.ToString(), Offset(job.Start));
        }
    }

    public void Flush(in FlushHeader job)
    {
        if (_logger.IsEnabled(LogLevel.Trace))
        {
            Flushes(_logger, job.Job, job.Dependencies.ToString(), job.Flush);
        }
    }

    public void Read(in ReadHeader job)
    {
        if (_logger.IsEnabled(LogLevel.Trace))
        {
            Reads(_logger, job.Job, Extent(job.Start), Offset(job.Start));
        }
    }

    public void Repair(in RepairWriteHeader job)
    {
        if (_logger.IsEnabled(LogLevel.Trace))
        {
            Repairs(_logger, job.Job, Extent(job.Start), Offset(job.Start), job.BlockCount);
        }
    }

    public void Skipped(JobId job, ErrorCode result)
    {
        if (_logger.IsEnabled(LogLevel.Trace))
        {
            if (result == ErrorCode.None)
            {
                Replays(_logger, job);
            }
            else
            {
                Refuses(_logger, job, result);
            }
        }
    }

    private ExtentId Extent(BlockIndex start) => definition.ExtentOf(start);

    private uint Offset(BlockIndex start) => definition.OffsetInExtent(start);

    [LoggerMessage(LogLevel.Trace, "{Kind} rn:{Job} eid:{Extent} dep:{Dependencies} bo:{Offset}", SkipEnabledCheck = true)]
    private static partial void Changes(ILogger logger, string kind, JobId job, ExtentId extent, string dependencies, uint offset);

    [LoggerMessage(LogLevel.Trace, "flush       rn:{Job} dep:{Dependencies} fln:{Flush}", SkipEnabledCheck = true)]
    private static partial void Flushes(ILogger logger, JobId job, string dependencies, FlushNumber flush);

    [LoggerMessage(LogLevel.Trace, "Read        rn:{Job} eid:{Extent} bo:{Offset}", SkipEnabledCheck = true)]
    private static partial void Reads(ILogger logger, JobId job, ExtentId extent, uint offset);

    [LoggerMessage(LogLevel.Trace, "RepairWrite rn:{Job} eid:{Extent} bo:{Offset} blocks:{Count}", SkipEnabledCheck = true)]
    private static partial void Repairs(ILogger logger, JobId job, ExtentId extent, uint offset, uint count);

    [LoggerMessage(LogLevel.Trace, "replayed    rn:{Job}", SkipEnabledCheck = true)]
    private static partial void Replays(ILogger logger, JobId job);

    [LoggerMessage(LogLevel.Trace, "refused     rn:{Job} {Result}", SkipEnabledCheck = true)]
    private static partial void Refuses(ILogger logger, JobId job, ErrorCode result);
}
