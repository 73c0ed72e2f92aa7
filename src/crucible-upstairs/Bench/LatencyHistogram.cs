using System.Numerics;

namespace Crucible.Upstairs.Program;

/// <summary>Counts times in classes of at most 1.6 % width. Recording allocates nothing; for one caller at a time.</summary>
internal sealed class LatencyHistogram
{
    /// <summary>Each power of two is cut into so many classes (as a power of two itself).</summary>
    private const int ClassBits = 6;

    private const int ClassesPerPower = 1 << ClassBits;

    private readonly long[] _counts = new long[(64 - ClassBits) * ClassesPerPower];
    private double _sumNanoseconds;

    /// <summary>How many times were recorded.</summary>
    public long Count { get; private set; }

    /// <summary>The longest.</summary>
    public TimeSpan Max { get; private set; }

    /// <summary>The mean; zero where nothing was recorded.</summary>
    public double MeanMicroseconds => Count == 0 ? 0 : _sumNanoseconds / Count / 1000;

    /// <summary>Counts one time, zero or more.</summary>
    public void Record(TimeSpan time)
    {
        var nanoseconds = time.Ticks * TimeSpan.NanosecondsPerTick;
        _counts[ClassOf(nanoseconds)]++;
        _sumNanoseconds += nanoseconds;
        Count++;
        Max = time > Max ? time : Max;
    }

    /// <summary>Adds what another has counted.</summary>
    public void Add(LatencyHistogram other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
        _sumNanoseconds += other._sumNanoseconds;
        Max = other.Max > Max ? other.Max : Max;
    }

    /// <summary>The time that a share of all does not exceed; zero where nothing was recorded.</summary>
    /// <param name="share">Above 0, up to 1.</param>
    public double PercentileMicroseconds(double share)
    {
        var left = (long)Math.Ceiling(Count * share);
        for (var i = 0; i < _counts.Length && left > 0; i++)
        {
            left -= _counts[i];
            if (left <= 0)
            {
                return Math.Min(EndOf(i) / 1000.0, Max.TotalMicroseconds);
            }
        }

        return 0;
    }

    private static int ClassOf(long nanoseconds)
    {
        if (nanoseconds < ClassesPerPower)
        {
            return (int)nanoseconds;
        }

        var power = BitOperations.Log2((ulong)nanoseconds) - ClassBits;
        return (power * ClassesPerPower) + (int)(nanoseconds >> power);
    }

    // The largest number of a class.
    private static long EndOf(int index)
    {
        if (index < 2 * ClassesPerPower)
        {
            return index;
        }

        var power = (index / ClassesPerPower) - 1;
        var place = (index % ClassesPerPower) + ClassesPerPower;
        return ((place + 1L) << power) - 1;
    }
}
