namespace Crucible.Hosting;

/// <summary>How many of the lines that tell of single jobs are shown.</summary>
public enum JobLog
{
    /// <summary>The first 50 of each second, then how many more there were.</summary>
    Brief,

    /// <summary>Every one: for looking closely, at a cost for each job.</summary>
    All,

    /// <summary>None.</summary>
    Off,
}
