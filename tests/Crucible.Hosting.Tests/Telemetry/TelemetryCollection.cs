namespace Crucible.Hosting.Tests;

/// <summary>Activity listeners hear the whole process: tests that listen run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class TelemetryCollection
{
    public const string Name = "telemetry";
}
