namespace Crucible.Integration.Tests.Faults.Matrix;

/// <summary>What was seen of one fault over its rounds.</summary>
internal sealed class FaultRow(string name)
{
    public string Name => name;

    /// <summary>How often it was inflicted.</summary>
    public int Rounds { get; private set; }

    /// <summary>Requests that failed or returned what they may not.</summary>
    public int Errors { get; private set; }

    /// <summary>The longest a request took, whatever held it up.</summary>
    public TimeSpan WorstPause { get; private set; }

    /// <summary>The longest that the machine held up anybody in the same time.</summary>
    public TimeSpan WorstStall { get; private set; }

    /// <summary>The longest from the fault's end until all three replicas were active.</summary>
    public TimeSpan TimeToHealthy { get; private set; }

    /// <summary>Bytes that repair copied, in all rounds.</summary>
    public ulong CopiedBytes { get; private set; }

    public void Add(int errors, TimeSpan pause, TimeSpan stall, TimeSpan healthy, ulong copiedBytes)
    {
        Rounds++;
        Errors += errors;
        WorstPause = pause > WorstPause ? pause : WorstPause;
        WorstStall = stall > WorstStall ? stall : WorstStall;
        TimeToHealthy = healthy > TimeToHealthy ? healthy : TimeToHealthy;
        CopiedBytes += copiedBytes;
    }
}
