using System.Diagnostics;
using System.Globalization;
using Crucible.Integration.Tests.Faults.Kinds;
using Crucible.Integration.Tests.Faults.Rig;
using Crucible.Upstairs;

namespace Crucible.Integration.Tests.Faults.Matrix;

/// <summary>Inflicts each fault on one replica after the other while the guest goes on, and holds what it saw against I5.</summary>
/// <param name="rounds">How often each.</param>
/// <param name="duration">How long a fault lasts that has to last.</param>
/// <param name="inMemory">Regions lie in memory where there is room, so that pauses are the volume's own.</param>
/// <param name="tell">Told of each fault once it is over.</param>
internal sealed class MatrixRun(int rounds, TimeSpan duration, bool inMemory, Action<string> tell)
{
    /// <summary>Requests that the guest does on the healthy volume after each fault.</summary>
    private const int RequestsBetween = 500;

    /// <summary>What a disk of its own holds: a region of 32 MiB, a journal of as much, and a little more.</summary>
    private const long DiskBytes = 72L << 20;

    /// <summary>
    /// A request is handed on so often between threads, processes and disks; where the machine holds up everybody, each of
    /// them may be held up.
    /// </summary>
    private const int Handovers = 5;

    private readonly List<string> _violations = [];

    // What a guest at this depth sees on this machine, its daemons on one disk, without any fault.
    private TimeSpan _usual;

    /// <summary>What broke a promise; empty: nothing did.</summary>
    public IReadOnlyList<string> Violations => _violations;

    /// <summary>Runs all faults of one home; afterwards the regions are equal and any two of them hold everything.</summary>
    public async Task<IReadOnlyList<FaultRow>> RunAsync(RigKind home, IReadOnlyList<ReplicaFault> faults)
    {
        await using var rig = await FaultRig.StartAsync(new RigOptions
        {
            InMemory = inMemory,
            ThroughProxies = home == RigKind.Proxied,
            DiskBytes = home == RigKind.SmallDisks ? DiskBytes : 0,
        });
        await rig.UntilHealthyAsync();
        var began = Stopwatch.GetTimestamp();
        await rig.LetTheGuestDoAsync(10 * RequestsBetween);
        _usual = rig.Load.Latency.WorstSince(began).Took;
        tell(string.Create(CultureInfo.InvariantCulture, $"{home}: worst pause without a fault {_usual.TotalMilliseconds:0} ms"));
        var rows = faults.Select(fault => new FaultRow(fault.Name)).ToList();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < faults.Count; i++)
            {
                await InflictAsync(rig, faults[i], (round + i) % 3, rows[i]);
            }
        }

        await rig.FinishAsync();
        return rows;
    }

    private async Task InflictAsync(FaultRig rig, ReplicaFault fault, int replica, FaultRow row)
    {
        var (began, since) = (Stopwatch.GetTimestamp(), DateTimeOffset.UtcNow);
        var healed = rig.Volume.GetStatus().HealedBlocks;
        await fault.InflictAsync(rig, replica, duration);
        var healthy = await rig.UntilHealthyAsync();
        var copied = rig.CopiedSince(replica, since);
        if (fault.DamagesData)
        {
            var scrub = await rig.Volume.ScrubAsync(new ScrubOptions());
            Assert.True(scrub.BadBlocks == 0, $"{fault}: {scrub}");
            copied += (scrub.MendedBlocks + rig.Volume.GetStatus().HealedBlocks - healed) * (ulong)rig.Volume.BlockSizeBytes;
        }

        await rig.LetTheGuestDoAsync(RequestsBetween);
        var pause = rig.Load.Latency.WorstSince(began);
        var stall = rig.Stalls.WorstSince(began);
        row.Add(rig.Load.Errors.Count, pause.Took, stall, healthy, copied);

        var what = string.Create(
            CultureInfo.InvariantCulture,
            $"{fault} of replica {replica}: {rig.Load.Errors.Count} errors, worst pause {pause.Took.TotalMilliseconds:0} ms ({pause.What}), "
            + $"the machine's own worst stall {stall.TotalMilliseconds:0} ms, healthy after {healthy.TotalSeconds:0.0} s, {copied >> 10} KiB copied");
        tell(what);
        if (rig.Load.Errors.Count > 0)
        {
            Assert.Fail($"{what}\n{string.Join('\n', rig.Load.Errors)}\n{rig.Describe()}");
        }

        if (pause.Took > fault.Limit + _usual + (stall * Handovers))
        {
            _violations.Add($"{what}\n{Story(rig, began, since)}");
        }
    }

    // What led to a pause: the volume's history and all long requests, in milliseconds from the fault's beginning.
    private static string Story(FaultRig rig, long began, DateTimeOffset since)
    {
        var changes = rig.ChangesSince(since).Select(c => (
            At: (c.Time - since).TotalMilliseconds, Text: $"replica {c.Replica}: {c.From} to {c.To}, {c.Cause}"));
        var pauses = rig.Load.Latency.LongSince(began).Select(p => (
            At: Stopwatch.GetElapsedTime(began, p.Began).TotalMilliseconds, Text: string.Create(CultureInfo.InvariantCulture, $"{p.What} of {p.Took.TotalMilliseconds:0} ms")));
        return string.Join('\n', changes.Concat(pauses).OrderBy(line => line.At)
            .Select(line => string.Create(CultureInfo.InvariantCulture, $"  {line.At,8:0} {line.Text}")));
    }
}
