namespace Crucible;

/// <summary>
/// A point in time on a clock that never goes back, in ticks of 100 ns since an origin of the engine's choosing.
/// Only differences mean anything.
/// </summary>
public readonly record struct Instant(long Ticks) : IComparable<Instant>
{
    /// <summary>Later than every other instant: "never" where a wake-up is asked for.</summary>
    public static readonly Instant Never = new(long.MaxValue);

    public int CompareTo(Instant other) => Ticks.CompareTo(other.Ticks);

    public static TimeSpan operator -(Instant later, Instant earlier) => new(later.Ticks - earlier.Ticks);

    public static Instant operator +(Instant start, TimeSpan duration) =>
        duration > TimeSpan.Zero && start.Ticks > long.MaxValue - duration.Ticks ? Never : new(start.Ticks + duration.Ticks);

    public static bool operator <(Instant left, Instant right) => left.Ticks < right.Ticks;

    public static bool operator >(Instant left, Instant right) => left.Ticks > right.Ticks;

    public static bool operator <=(Instant left, Instant right) => left.Ticks <= right.Ticks;

    public static bool operator >=(Instant left, Instant right) => left.Ticks >= right.Ticks;

    /// <summary>The earlier of two instants.</summary>
    public static Instant Min(Instant left, Instant right) => left <= right ? left : right;
}
