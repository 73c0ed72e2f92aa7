namespace Crucible;

/// <summary>One unit of work sent to all replicas. Issued in order from <see cref="First"/>, never reused in a session.</summary>
public readonly record struct JobId(ulong Value) : IComparable<JobId>
{
    /// <summary>The first job of every session.</summary>
    public static readonly JobId First = new(1000);

    /// <summary>
    /// Ids from here up belong to work that no guest asked for (learning, repair): they move no position and count by
    /// themselves, so that a guest's first job is always <see cref="First"/>.
    /// </summary>
    public static readonly JobId FirstControl = new(1UL << 63);

    /// <summary>Whether the id is one of <see cref="FirstControl"/> or above.</summary>
    public bool IsControl => Value >= FirstControl.Value;

    public JobId Next() => new(Value + 1);

    public int CompareTo(JobId other) => Value.CompareTo(other.Value);

    public static bool operator <(JobId left, JobId right) => left.Value < right.Value;

    public static bool operator >(JobId left, JobId right) => left.Value > right.Value;

    public static bool operator <=(JobId left, JobId right) => left.Value <= right.Value;

    public static bool operator >=(JobId left, JobId right) => left.Value >= right.Value;

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Which flush of the volume: rises by one with each flush of a generation; 0 means never flushed.</summary>
public readonly record struct FlushNumber(ulong Value) : IComparable<FlushNumber>
{
    public FlushNumber Next() => new(Value + 1);

    public int CompareTo(FlushNumber other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Which activation of the volume: the higher one wins; 0 means never activated.</summary>
public readonly record struct Generation(ulong Value) : IComparable<Generation>
{
    public static readonly Generation None = new(0);

    /// <summary>None is above it: once promised, a volume can never be taken over again.</summary>
    public static readonly Generation Last = new(ulong.MaxValue);

    public Generation Next() => new(Value + 1);

    public int CompareTo(Generation other) => Value.CompareTo(other.Value);

    public static bool operator <(Generation left, Generation right) => left.Value < right.Value;

    public static bool operator >(Generation left, Generation right) => left.Value > right.Value;

    public static bool operator <=(Generation left, Generation right) => left.Value <= right.Value;

    public static bool operator >=(Generation left, Generation right) => left.Value >= right.Value;

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A block of the region, counted from 0 over all extents.</summary>
public readonly record struct BlockIndex(ulong Value) : IComparable<BlockIndex>
{
    public int CompareTo(BlockIndex other) => Value.CompareTo(other.Value);

    public static BlockIndex operator +(BlockIndex start, uint blockCount) => new(start.Value + blockCount);

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>An extent of the region, counted from 0.</summary>
public readonly record struct ExtentId(uint Value) : IComparable<ExtentId>
{
    public int CompareTo(ExtentId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>One of the three downstairs, as the upstairs sees it: 0, 1 or 2, the order of the targets.</summary>
public readonly record struct ReplicaId(byte Value)
{
    /// <summary>How many replicas a volume has.</summary>
    public const int Count = 3;

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>A request of the guest, counted from 1 over the life of a volume handle.</summary>
public readonly record struct GuestRequestId(ulong Value)
{
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>One activation of one upstairs: a random number made when it starts to activate.</summary>
public readonly record struct SessionId(Guid Value)
{
    public static readonly SessionId None = new(Guid.Empty);

    public override string ToString() => Value.ToString();
}

/// <summary>An upstairs process: a random number made at its start.</summary>
public readonly record struct UpstairsId(Guid Value)
{
    public override string ToString() => Value.ToString();
}

/// <summary>The volume that three regions hold together: written into each by the first activation.</summary>
public readonly record struct VolumeId(Guid Value)
{
    /// <summary>The region has not belonged to a volume yet.</summary>
    public static readonly VolumeId None = new(Guid.Empty);

    public override string ToString() => Value.ToString();
}

/// <summary>One region on one disk: never the same for two regions, so the same one given twice is noticed.</summary>
public readonly record struct RegionId(Guid Value)
{
    public override string ToString() => Value.ToString();
}
