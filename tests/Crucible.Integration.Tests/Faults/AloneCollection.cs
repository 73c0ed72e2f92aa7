namespace Crucible.Integration.Tests.Faults;

/// <summary>Tests that measure pauses run while no other test does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "Measures time";
}
