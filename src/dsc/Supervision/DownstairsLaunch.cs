namespace Crucible.Dsc.Supervision;

/// <summary>How to start one downstairs.</summary>
internal sealed record DownstairsLaunch
{
    /// <summary>What it is called in front of its lines: its port, or its directory's name where the port is any.</summary>
    public required string Name { get; init; }

    /// <summary>Which of the set it is, counted from 0.</summary>
    public required int Index { get; init; }

    /// <summary>The crucible-downstairs to run.</summary>
    public required string Program { get; init; }

    /// <summary>The directory of its region, which must be there.</summary>
    public required string Region { get; init; }

    /// <summary>The address it listens on.</summary>
    public required string Address { get; init; }

    /// <summary>The port it listens on; 0 for any that is free.</summary>
    public required int Port { get; init; }

    /// <summary>The command line, without the program.</summary>
    public IEnumerable<string> Arguments => ["run", "-d", Region, "-a", Address, "-p", $"{Port}"];
}
