namespace Crucible.Simulation;

/// <summary>
/// A small generator (SplitMix64) of our own: the same seed gives the same numbers with every version of the runtime. It is
/// a <see cref="Random"/> only where an older interface wants one.
/// </summary>
public sealed class SimulationRandom(ulong seed) : Random
{
    private ulong _state = seed;

    /// <summary>Spreads the bits of a number over all 64.</summary>
    public static ulong Mix(ulong value)
    {
        unchecked
        {
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }

    /// <summary>64 random bits.</summary>
    public ulong NextBits() => Mix(_state = unchecked(_state + 0x9E3779B97F4A7C15));

    /// <summary>A generator of its own for one purpose: what one draws does not move what the others draw.</summary>
    public SimulationRandom Fork(ulong purpose) => new(Mix(_state ^ Mix(unchecked(purpose + 0x632BE59BD9B4E019))));

    public override int Next() => (int)(NextBits() >> 33);

    public override int Next(int maxValue) => (int)Below((ulong)maxValue);

    public override int Next(int minValue, int maxValue) => minValue + (int)Below((ulong)((long)maxValue - minValue));

    public override double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    protected override double Sample() => NextDouble();

    public override void NextBytes(byte[] buffer) => NextBytes(buffer.AsSpan());

    public override void NextBytes(Span<byte> buffer)
    {
        foreach (ref var value in buffer)
        {
            value = (byte)(NextBits() >> 56);
        }
    }

    /// <summary>From 0 up to, not including, <paramref name="limit"/>; 0 where that is 0.</summary>
    public ulong Below(ulong limit) => Math.BigMul(NextBits(), limit, out _);

    /// <summary>True with this probability.</summary>
    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>A time between the two.</summary>
    public TimeSpan Between(TimeSpan least, TimeSpan most) => new(least.Ticks + (long)Below((ulong)(most.Ticks - least.Ticks) + 1));

    /// <summary>A time between the two, in milliseconds, where each power of two is about as likely as the others.</summary>
    public TimeSpan Spread(double leastMilliseconds, double mostMilliseconds) =>
        TimeSpan.FromMilliseconds(leastMilliseconds * Math.Pow(mostMilliseconds / leastMilliseconds, NextDouble()));

    public T Pick<T>(ReadOnlySpan<T> choices) => choices[Next(choices.Length)];

    public Guid NextGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        NextBytes(bytes);
        return new Guid(bytes);
    }

}
