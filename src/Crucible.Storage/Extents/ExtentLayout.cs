namespace Crucible.Storage;

/// <summary>
/// Where things lie in an extent's file.
/// <code>
///   blocks          ExtentSizeBlocks × BlockSizeBytes; block i at i × BlockSizeBytes; holes where there is no data
///   context pages   512 bytes each: 31 contexts (encrypted: 8) a page
///   metadata page   512 bytes
///   second homes    from the next multiple of 4096 on, as the blocks; format version 2
/// </code>
/// A block's data lies in one of its two homes; its context page says in which. So a large write goes to the one that is free,
/// and what the block held before stays until no recovery can need it any more.
/// </summary>
internal sealed class ExtentLayout
{
    private const int PageBytes = 4096;

    public ExtentLayout(RegionDefinition definition, bool hasTwoHomes)
    {
        Definition = definition;
        HasTwoHomes = hasTwoHomes;
        ContextsPerPage = (uint)(ContextPage.ContextAreaBytes / definition.ContextSizeBytes);
        PageCount = (uint)(((ulong)definition.ExtentSizeBlocks + ContextsPerPage - 1) / ContextsPerPage);
        ContextsOffset = (long)definition.ExtentSizeBytes;
        MetadataOffset = ContextsOffset + ((long)PageCount * ContextPage.SizeBytes);
        var end = MetadataOffset + ExtentMetadata.SizeBytes;
        SecondOffset = (end + (PageBytes - 1)) & ~(long)(PageBytes - 1);
        FileBytes = hasTwoHomes ? SecondOffset + (long)definition.ExtentSizeBytes : end;
    }

    public RegionDefinition Definition { get; }

    /// <summary>Whether blocks have a second home.</summary>
    public bool HasTwoHomes { get; }

    public uint ContextsPerPage { get; }

    public uint PageCount { get; }

    public long ContextsOffset { get; }

    public long MetadataOffset { get; }

    /// <summary>Where the second homes begin.</summary>
    public long SecondOffset { get; }

    public long FileBytes { get; }

    public uint PageOf(uint blockInExtent) => blockInExtent / ContextsPerPage;

    public int SlotOf(uint blockInExtent) => (int)(blockInExtent % ContextsPerPage);

    public long PageOffset(uint page) => ContextsOffset + ((long)page * ContextPage.SizeBytes);

    public long BlockOffset(uint blockInExtent, BlockHome home) =>
        (home == BlockHome.Second ? SecondOffset : 0) + ((long)blockInExtent << Definition.BlockShift);
}
