using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>How a command reaches its volume, and how it tells what it does: what all commands have in common.</summary>
internal sealed record SessionOptions
{
    public static readonly TimeSpan DefaultRequestTimeout = TimeSpan.FromSeconds(30);
    public static readonly TimeSpan DefaultHungAfter = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan DefaultAwayLimit = TimeSpan.FromSeconds(60);

    /// <summary>The downstairs, as given.</summary>
    public required IReadOnlyList<TargetAddress> Targets { get; init; }

    /// <summary>When writes are acknowledged.</summary>
    public AckMode Ack { get; init; }

    /// <summary>The same where it was said; null: the command decides.</summary>
    public AckMode? ChosenAck { get; init; }

    /// <summary>With fewer than two replicas, requests wait so long before they fail.</summary>
    public TimeSpan RequestTimeout { get; init; }

    /// <summary>The same where it was said.</summary>
    public TimeSpan? ChosenRequestTimeout { get; init; }

    /// <summary>A replica silent for so long, though asked, is left behind.</summary>
    public TimeSpan HungAfter { get; init; }

    /// <summary>A replica that is away longer loses its place.</summary>
    public TimeSpan AwayLimit { get; init; }

    /// <summary>The generation to take; 0: the next one.</summary>
    public ulong Generation { get; init; }

    /// <summary>Only read, and take nothing over.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>The file with the volume's key; null: from the environment, or none.</summary>
    public string? KeyFile { get; init; }

    /// <summary>How long opening waits for two of the three.</summary>
    public TimeSpan Wait { get; init; }

    /// <summary>Idle time after which unretired writes are flushed.</summary>
    public TimeSpan FlushTimeout { get; init; }

    /// <summary>Run the continuations of requests on the volume's threads; for loops that never block.</summary>
    public bool InlineCompletions { get; init; }

    /// <summary>Report as one JSON document on standard output.</summary>
    public bool Json { get; init; }

    /// <summary>Where to serve the control endpoints meanwhile; null: nowhere.</summary>
    public ControlAddress? Control { get; init; }

    public required LoggingOptions Logging { get; init; }

    public required TelemetryOptions Telemetry { get; init; }

    /// <summary>Whether a person wants to see progress and remarks.</summary>
    public bool Talks => !Logging.Quiet && !Json;

    /// <summary>A remark for a person, on standard error.</summary>
    public void Say(string text)
    {
        if (Talks)
        {
            Console.Error.WriteLine(text);
        }
    }
}
