using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>All that the seed decides before a life begins.</summary>
internal sealed class LifePlan
{
    /// <summary>A life goes on until so many faults have fired.</summary>
    public const int LeastFaults = 20;

    private const ulong StatesStream = 0x5354415445;
    private const ulong DirectStream = 0x444952454354;

    // Of the numbers that would do, the first that leave the lives of kept seeds and known finds what they were.
    private const ulong ReplacementStream = 0x5245504C0001877C;
    private const ulong ReaderStream = 0x5245414400000625;
    private const ulong EncryptionStream = 0x454E43520000002C;

    private const double FaultsASecond = 2.4;

    private const double ReplacementChance = 0.4;

    private const double EncryptionChance = 1.0 / 6;

    private const double ReaderChance = 1.0 / 4;

    private readonly ulong[] _journalStarts = new ulong[ReplicaId.Count];
    private readonly TimeSpan _requestTimeout;
    private readonly TimeSpan _flushTimeout;
    private readonly TimeSpan _awayLimit;
    private readonly TimeSpan _slowAfter;
    private readonly int _maxJobs;
    private readonly long _maxUnretiredBytes;
    private readonly bool _heldBack;

    public LifePlan(ulong seed)
    {
        Seed = seed;

        // Limits that guests meet all the time, in one life of eight; of the number itself, so that the others stay as they are.
        _heldBack = seed % 8 == 7;
        var random = new SimulationRandom(SimulationRandom.Mix(~seed));
        var isEncrypted = new SimulationRandom(SimulationRandom.Mix(seed ^ EncryptionStream)).Chance(EncryptionChance);
        Geometry = new RegionDefinition(random.Chance(0.9) ? 512U : 4096U, 4 + (uint)random.Next(13), 2 + (uint)random.Next(5), isEncrypted);
        OneBad = random.Chance(0.5);
        RotAlone = OneBad || random.Chance(0.5);
        Ack = random.Chance(0.5) ? AckMode.Quorum : AckMode.Fast;
        Duration = random.Between(TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(16));
        var tight = !OneBad && random.Chance(0.3);
        ChecksPatience = !tight;
        _maxJobs = tight ? 64 : 2048;
        _maxUnretiredBytes = tight ? 16 << 10 : 1 << 20;
        _requestTimeout = random.Between(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(8));
        _flushTimeout = random.Spread(50, 800);
        _awayLimit = random.Between(TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(6));
        _slowAfter = random.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4));
        IdleApply = random.Spread(50, 1500);
        ApplyChance = random.Chance(0.5) ? 0.02 : 0;
        ExtentHandles = random.Chance(0.5) ? 1 : 64;
        PlatterChance = 0.01;
        for (var replica = 0; replica < ReplicaId.Count; replica++)
        {
            var pages = random.Chance(0.7) ? 4 + random.Below(40) : 1022;
            _journalStarts[replica] = pages * 4096;
        }

        Guests = new GuestHabits[1 + random.Next(4)];
        for (var i = 0; i < Guests.Length; i++)
        {
            Guests[i] = new GuestHabits(
                1 + random.Next(4), 130 * Guests.Length * (0.5 + random.NextDouble()), 15 + random.Next(45), 2 + random.Next(15), 2 + random.Next(14));
        }

        // Of a stream of its own: lives that do not ask are as they were before there was anything to ask.
        var direct = new SimulationRandom(SimulationRandom.Mix(seed ^ DirectStream));
        LargeWriteBytes = direct.Chance(0.3) ? 0 : (1 + direct.Next(6)) * (int)Geometry.BlockSizeBytes;
        AsksForStates = new SimulationRandom(SimulationRandom.Mix(seed ^ StatesStream)).Chance(0.4);

        HasReader = new SimulationRandom(SimulationRandom.Mix(seed ^ ReaderStream)).Chance(ReaderChance);

        // Some of them the fault model forbids at their moment: the rest of the schedule is for lives that have seen too few.
        Faults = FaultSchedule.Draw(random, Duration * 4, FaultsASecond * (OneBad ? 1.3 : 1), _awayLimit);

        // So are replacements, and their numbers come behind.
        var replacing = new SimulationRandom(SimulationRandom.Mix(seed ^ ReplacementStream));
        Faults = replacing.Chance(ReplacementChance) ? [.. Faults, .. FaultSchedule.DrawReplacements(replacing, Duration, Faults.Length)] : Faults;
    }

    public ulong Seed { get; }

    public RegionDefinition Geometry { get; }

    /// <summary>At most one replica is bad at any time, and the upstairs never: I5 is checked all along.</summary>
    public bool OneBad { get; }

    /// <summary>While files of a replica are rotten nothing else goes wrong, so that no block may be lost.</summary>
    public bool RotAlone { get; }

    public AckMode Ack { get; }

    /// <summary>How long faults happen, at least.</summary>
    public TimeSpan Duration { get; }

    /// <summary>Limits are wide enough that a slow replica costs nobody's time.</summary>
    public bool ChecksPatience { get; }

    /// <summary>How long nothing was written before a daemon applies its journal.</summary>
    public TimeSpan IdleApply { get; }

    /// <summary>How likely a daemon applies its journal after an append for no reason.</summary>
    public double ApplyChance { get; }

    public int ExtentHandles { get; }

    /// <summary>From how many bytes on daemons write directly; in three lives of ten they don't.</summary>
    public int LargeWriteBytes { get; }

    /// <summary>How likely the platters are looked at after a flush.</summary>
    public double PlatterChance { get; }

    public GuestHabits[] Guests { get; }

    /// <summary>Some of the guests' reads ask only in which states blocks are.</summary>
    public bool AsksForStates { get; }

    /// <summary>The volume is opened read only too, beside whoever writes.</summary>
    public bool HasReader { get; }

    public Fault[] Faults { get; }

    /// <summary>The limits that the upstairs' settings mean.</summary>
    public (int MostJobs, long MostHeldBytes) Limits =>
        ((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)_maxJobs), _maxUnretiredBytes + (16 * Geometry.BlockSizeBytes));

    /// <summary>How many bytes before its ring's end a replica's journal begins.</summary>
    public ulong JournalStart(int replica) => _journalStarts[replica];

    public UpstairsSettings Settings(UpstairsId upstairs, SessionId session) => new()
    {
        Upstairs = upstairs,
        Session = session,
        NewVolume = new VolumeId(new Guid(0x43525543, 1, 2, [3, 4, 5, 6, 7, 8, 9, 10])),
        Ack = Ack,
        Encrypted = Geometry.Encrypted,
        ActivationTimeout = TimeSpan.FromSeconds(4),
        FlushTimeout = _flushTimeout,
        RequestTimeout = _requestTimeout,
        AwayLimit = _awayLimit,
        SlowAfter = _slowAfter,
        MaxJobs = _maxJobs,
        MaxUnretiredBytes = _maxUnretiredBytes,
        MaxBacklogJobs = _heldBack ? 4 : 1024,
        MaxLagJobs = _heldBack ? 8 : 2048,
        MaxWaitingRequests = 256,
    };

    public override string ToString() =>
        $"seed {Seed}: {Geometry}, {(OneBad ? "one bad replica at a time" : "any fault")}, ack {Ack}, {Guests.Length} guests, "
        + $"{Faults.Count(fault => fault.At <= Duration)} faults planned in {Duration.TotalSeconds:0.0} s";
}
