namespace Crucible.Simulation;

/// <summary>Draws the faults of a life.</summary>
internal static class FaultSchedule
{
    /// <summary>How often each kind is drawn, relative to the others.</summary>
    private static readonly (FaultKind Kind, int Weight)[] Weights =
    [
        (FaultKind.CrashDownstairs, 10),
        (FaultKind.CrashDownstairsInDiskWork, 10),
        (FaultKind.CrashUpstairs, 6),
        (FaultKind.CloseUpstairs, 3),
        (FaultKind.PowerLoss, 8),
        (FaultKind.PowerLossOnAll, 4),
        (FaultKind.PowerLossOnAllAndUpstairs, 4),
        (FaultKind.FreezeDownstairs, 6),
        (FaultKind.FreezeUpstairs, 3),
        (FaultKind.Partition, 5),
        (FaultKind.PartitionTowards, 4),
        (FaultKind.PartitionFrom, 4),
        (FaultKind.ConnectionReset, 6),
        (FaultKind.SlowLink, 4),
        (FaultKind.SlowDisk, 4),
        (FaultKind.DiskFull, 3),
        (FaultKind.ReadError, 3),
        (FaultKind.WriteError, 3),
        (FaultKind.SyncError, 3),
        (FaultKind.RotInData, 3),
        (FaultKind.RotInContexts, 3),
        (FaultKind.RotInJournal, 3),
        (FaultKind.ExtentMissing, 2),
        (FaultKind.ExtentTruncated, 2),
        (FaultKind.Wiped, 4),
        (FaultKind.RolledBack, 4),
        (FaultKind.WireFlip, 5),
        (FaultKind.WireGarbage, 3),
        (FaultKind.Takeover, 4),
        (FaultKind.LateReturn, 2),
        (FaultKind.QuorumSwap, 6),
    ];

    private static readonly int TotalWeight = Weights.Sum(static one => one.Weight);

    public static Fault[] Draw(SimulationRandom random, TimeSpan during, double perSecond, TimeSpan awayLimit)
    {
        var count = (int)(during.TotalSeconds * perSecond);
        var faults = new Fault[count];
        for (var i = 0; i < count; i++)
        {
            var kind = DrawKind(random);
            var at = random.Between(TimeSpan.FromMilliseconds(300), during);
            faults[i] = InDiskWork(new Fault(i, kind, at, Length(random, kind, awayLimit), random.Next(ReplicaId.Count), random.NextBits()));
        }

        Array.Sort(faults, static (left, right) => left.At.CompareTo(right.At));
        for (var i = 0; i < count; i++)
        {
            faults[i] = faults[i] with { Number = i };
        }

        return faults;
    }

    /// <summary>Replacements, numbered behind the other faults.</summary>
    public static Fault[] DrawReplacements(SimulationRandom random, TimeSpan during, int first)
    {
        var faults = new Fault[1 + random.Next(4)];
        for (var i = 0; i < faults.Length; i++)
        {
            var at = random.Between(TimeSpan.FromMilliseconds(300), during);
            faults[i] = new Fault(first + i, FaultKind.Replaced, at, random.Spread(5, 3000), random.Next(ReplicaId.Count), random.NextBits());
        }

        return faults;
    }

    // What strikes in the middle of disk work is kill -9 half of the time, and otherwise a loss of power.
    private static Fault InDiskWork(Fault fault) =>
        fault.Kind == FaultKind.CrashDownstairsInDiskWork && (fault.Seed & 1) == 0 ? fault with { Kind = FaultKind.PowerLossInDiskWork } : fault;

    private static FaultKind DrawKind(SimulationRandom random)
    {
        var left = random.Next(TotalWeight);
        foreach (var (kind, weight) in Weights)
        {
            left -= weight;
            if (left < 0)
            {
                return kind;
            }
        }

        return FaultKind.CrashDownstairs;
    }

    private static TimeSpan Length(SimulationRandom random, FaultKind kind, TimeSpan awayLimit) => kind switch
    {
        FaultKind.LateReturn => awayLimit + random.Spread(100, 1500),
        FaultKind.SlowDisk or FaultKind.SlowLink or FaultKind.DiskFull => random.Spread(200, 4000),
        FaultKind.FreezeDownstairs or FaultKind.FreezeUpstairs => random.Spread(20, 4000),
        _ => random.Spread(5, 3000),
    };
}
