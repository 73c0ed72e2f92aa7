namespace Crucible.Simulation;

/// <summary>What a life is told besides its seed.</summary>
internal sealed record LifeOptions
{
    public static readonly LifeOptions Default = new();

    /// <summary>Tell the story.</summary>
    public bool Tells { get; init; }

    /// <summary>Numbers of the faults that happen; null: all that were planned.</summary>
    public IReadOnlyCollection<int>? Only { get; init; }

    /// <summary>Guests ask for nothing more after so many requests.</summary>
    public int MostRequests { get; init; } = int.MaxValue;

    /// <summary>
    /// The shipping upstairs mends a replica that lost its place while guests work. Until it does, the operator opens the volume
    /// anew for that.
    /// </summary>
    public bool LiveRepair { get; init; } = true;
}
