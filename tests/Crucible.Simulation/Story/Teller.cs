using System.Globalization;

namespace Crucible.Simulation;

/// <summary>What happened, for people where they want it, and as one number for comparing two runs of a seed.</summary>
internal sealed class Teller(Scheduler scheduler, bool isOn)
{
    private readonly List<string> _lines = [];

    /// <summary>Whether anyone reads it: who tells asks first, so that nothing is formatted in vain.</summary>
    public bool IsOn { get; } = isOn;

    /// <summary>The lines told, in their order.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>A hash over all that was marked: the same for every run of a seed.</summary>
    public ulong Hash { get; private set; } = 0xCBF29CE484222325;

    public void Tell(string who, string what) => _lines.Add(string.Create(
        CultureInfo.InvariantCulture,
        $"{scheduler.Now.Ticks / (double)TimeSpan.TicksPerSecond - 1,11:0.000000}  {who,-13} {what}"));

    /// <summary>Notes that something happened now.</summary>
    public void Mark(TraceMark mark, ulong first, ulong second = 0) => Hash = SimulationRandom.Mix(
        unchecked((Hash * 0x100000001B3) ^ (ulong)scheduler.Now.Ticks ^ (first << 8) ^ (second << 40) ^ (ulong)mark));
}

/// <summary>What is marked in the trace's hash.</summary>
internal enum TraceMark
{
    Arrived,
    Completed,
    ReplicaChanged,
    VolumeChanged,
    Fault,
    Job,
    Process,
    Journal,
}
