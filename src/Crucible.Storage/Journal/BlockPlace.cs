namespace Crucible.Storage;

/// <summary>
/// Where the newest version of a journalled block lies: in its record, or in a home of its extent that a direct write brought
/// it to.
/// </summary>
/// <remarks>
/// A home that a direct write used stays as it is until a checkpoint lies behind its record, for recovery holds the record
/// against it. So a newer version of the block that comes as a record is applied to the other home, and the first one, which
/// is stale from then on, is given back after the checkpoint.
/// </remarks>
internal readonly record struct BlockPlace
{
    private const ulong DirectBit = 1UL << 63;
    private const ulong StaleBit = 1UL << 62;
    private const ulong SecondBit = 1UL << 61;
    private const ulong PositionMask = SecondBit - 1;

    private readonly ulong _value;

    private BlockPlace(ulong value) => _value = value;

    /// <summary>Journal position of the block's data; of a block without data, or of a direct write, that of its record.</summary>
    public ulong Position => _value & PositionMask;

    /// <summary>Its data lies in <see cref="Home"/>.</summary>
    public bool IsDirect => (_value & DirectBit) != 0;

    /// <summary><see cref="Home"/> holds an older version that a record still relies on.</summary>
    public bool IsStale => (_value & StaleBit) != 0;

    public BlockHome Home => (_value & SecondBit) != 0 ? BlockHome.Second : BlockHome.First;

    public static BlockPlace InRecord(ulong position) => new(position & PositionMask);

    public static BlockPlace InHome(ulong position, BlockHome home) =>
        new((position & PositionMask) | DirectBit | (home == BlockHome.Second ? SecondBit : 0));

    /// <summary>The place of a version that comes after one at <paramref name="older"/>.</summary>
    public BlockPlace After(BlockPlace older) =>
        IsDirect || !(older.IsDirect || older.IsStale) ? this : new(_value | StaleBit | (older._value & SecondBit));
}
