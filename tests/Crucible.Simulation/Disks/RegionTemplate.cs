using System.Buffers.Binary;
using Crucible.Storage;

namespace Crucible.Simulation;

/// <summary>
/// Makes a region whose journal begins anywhere in its ring: where it begins near the end, a short life sees it wrap. That
/// is what a region looks like after any number of laps; only both checkpoints, as docs/on-disk-format.md has them, are
/// written anew.
/// </summary>
internal static class RegionTemplate
{
    private const string Journal = "journal";
    private const int SlotBytes = 4096;
    private const int EpochStartOffset = 32;
    private const int HeadOffset = 40;
    private const int RingBytesOffset = 48;

    /// <param name="beforeEnd">Bytes from where the journal begins to its ring's end; a multiple of 4096.</param>
    public static void Make(SimulatedStorage disk, RegionDefinition definition, RegionId id, ulong beforeEnd)
    {
        Region.Create(disk, definition, id, new RegionCreateOptions { JournalSizeBytes = RegionFormat.MinJournalBytes });
        var content = disk.ContentOf(Journal);
        Span<byte> idBytes = stackalloc byte[16];
        id.Value.TryWriteBytes(idBytes, bigEndian: true, out _);
        var seed = BinaryPrimitives.ReadUInt64LittleEndian(idBytes);
        Span<byte> sector = stackalloc byte[RegionFormat.SectorBytes];
        for (var slot = 0; slot < 2; slot++)
        {
            content.Read(slot * SlotBytes, sector);
            var start = BinaryPrimitives.ReadUInt64LittleEndian(sector[RingBytesOffset..]) - beforeEnd;
            BinaryPrimitives.WriteUInt64LittleEndian(sector[EpochStartOffset..], start);
            BinaryPrimitives.WriteUInt64LittleEndian(sector[HeadOffset..], start);
            BinaryPrimitives.WriteUInt64LittleEndian(sector, XxHash64.Hash(sector[8..], seed));
            content.Damage(slot * SlotBytes, sector);
        }
    }
}
