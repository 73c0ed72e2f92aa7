namespace Crucible.Simulation;

/// <summary>A promise was broken: the life ends here.</summary>
internal sealed class ViolationException(string invariant, string message) : Exception(message)
{
    /// <summary>Which promise: I1 to I10, or what else must be so.</summary>
    public string Invariant { get; } = invariant;
}
