namespace Crucible.Integration.Tests.Faults.Load;

/// <summary>What a guest does.</summary>
internal sealed record LoadOptions
{
    /// <summary>Requests under way at any time.</summary>
    public int Depth { get; init; } = 32;

    /// <summary>Of a hundred requests so many are reads.</summary>
    public int ReadPercent { get; init; } = 45;

    /// <summary>Of a hundred requests so many empty a block, half by zeroes, half by discarding it.</summary>
    public int EmptyPercent { get; init; } = 6;

    /// <summary>One request of so many is a flush.</summary>
    public int FlushEvery { get; init; } = 500;

    public int Seed { get; init; } = 1;
}
