namespace Crucible.Dsc.Demo;

/// <summary>What <c>dsc demo --json</c> prints at its end.</summary>
/// <param name="Ok">Whether the client wrote, flushed and read back what it should.</param>
/// <param name="ClientExitCode">The exit code of crucible-upstairs.</param>
/// <param name="ClientSeconds">How long it ran.</param>
/// <param name="Downstairs">The three, in order.</param>
internal sealed record DemoReport(
    bool Ok, int ClientExitCode, double ClientSeconds, IReadOnlyList<DemoReport.Replica> Downstairs)
{
    /// <summary>One downstairs of the demo.</summary>
    /// <param name="Region">Its directory.</param>
    /// <param name="Created">Whether the demo made the region.</param>
    /// <param name="Address">Where it listened.</param>
    /// <param name="ProcessId">The process that served it last.</param>
    internal sealed record Replica(string Region, bool Created, string Address, int ProcessId);
}
