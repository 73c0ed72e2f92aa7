using System.Buffers.Binary;
using System.Globalization;

namespace Crucible.Storage;

/// <summary>Numbers and names of the format on disk; docs/on-disk-format.md explains them.</summary>
public static class RegionFormat
{
    /// <summary>The version that this program writes. 2: extents have two homes for each block. 1: one.</summary>
    public const int Version = 2;

    /// <summary>The oldest version that this program reads and goes on writing.</summary>
    public const int OldestVersion = 1;

    /// <summary>What a disk writes whole or not at all; every page of ours that is written in place is one.</summary>
    public const int SectorBytes = 512;

    /// <summary>Smallest journal, bytes: the largest record fits three times.</summary>
    public const long MinJournalBytes = 4L << 20;

    /// <summary>Largest journal, bytes: reading it whole when opening must stay a matter of seconds.</summary>
    public const long MaxJournalBytes = 16L << 30;

    internal const long MinDefaultJournalBytes = 8L << 20;
    internal const long MaxDefaultJournalBytes = 256L << 20;

    internal const string ManifestName = "region.json";
    internal const string NewManifestName = "region.json.new";
    internal const string JournalName = "journal";
    internal const string VersionsName = "versions";
    internal const string ExtentsName = "extents";
    internal const string LockName = "lock";

    /// <summary>Bytes of the journal of a region by default: a quarter of it, within limits, whole pages.</summary>
    public static long DefaultJournalBytes(RegionDefinition definition)
    {
        var quarter = (long)Math.Min(definition.TotalBytes / 4, (ulong)MaxDefaultJournalBytes);
        return Math.Max(quarter, MinDefaultJournalBytes) & ~(long)(JournalRing.PageBytes - 1);
    }

    /// <summary>The seed of every checksum in the region's files: a page or record of another region never passes.</summary>
    internal static ulong Seed(RegionId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        WriteGuid(bytes, id.Value);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>16 bytes in the order of RFC 9562, most significant first.</summary>
    internal static void WriteGuid(Span<byte> target, Guid value) =>
        Invariant.Require(value.TryWriteBytes(target, bigEndian: true, out _));

    internal static Guid ReadGuid(ReadOnlySpan<byte> source) => new(source[..16], bigEndian: true);

    /// <summary>The extent's file: its number as eight hexadecimal digits, parted 2, 3, 3.</summary>
    internal static string ExtentName(ExtentId extent)
    {
        var digits = extent.Value.ToString("X8", CultureInfo.InvariantCulture);
        return $"{ExtentsName}/{digits[..2]}/{digits[2..5]}/{digits[5..]}";
    }
}
