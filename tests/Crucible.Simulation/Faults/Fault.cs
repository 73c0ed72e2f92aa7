namespace Crucible.Simulation;

/// <summary>One fault of a life's plan, made from the seed before the life begins, so that any of them can be left out.</summary>
/// <param name="Number">Counted from 0 within the life.</param>
/// <param name="Kind">What.</param>
/// <param name="At">When, from the beginning.</param>
/// <param name="Length">How long, where it lasts.</param>
/// <param name="Replica">Which replica, where it hits one.</param>
/// <param name="Seed">What else is random about it.</param>
internal sealed record Fault(int Number, FaultKind Kind, TimeSpan At, TimeSpan Length, int Replica, ulong Seed)
{
    public override string ToString() => $"fault {Number}: {Kind} of replica {Replica} for {Length.TotalSeconds:0.000} s";
}
