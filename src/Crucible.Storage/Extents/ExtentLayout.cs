namespace Crucible.Storage;

/// <summary>
/// Where things lie in an extent's file.
/// <code>
///   blocks          ExtentSizeBlocks × BlockSizeBytes; block i at i × BlockSizeBytes; holes where there is no data
///   context pages   512 bytes each: 31 contexts (encrypted: 8) a page
///   metadata page   512 bytes: the end of the file
/// </code>
/// </summary>
internal sealed class ExtentLayout
{
    public ExtentLayout(RegionDefinition definition)
    {
        Definition = definition;
        ContextsPerPage = (uint)(ContextPage.ContextAreaBytes / definition.ContextSizeBytes);
        PageCount = (uint)(((ulong)definition.ExtentSizeBlocks + ContextsPerPage - 1) / ContextsPerPage);
        ContextsOffset = (long)definition.ExtentSizeBytes;
        MetadataOffset = ContextsOffset + ((long)PageCount * ContextPage.SizeBytes);
        FileBytes = MetadataOffset + ExtentMetadata.SizeBytes;
    }

    public RegionDefinition Definition { get; }

    public uint ContextsPerPage { get; }

    public uint PageCount { get; }

    public long ContextsOffset { get; }

    public long MetadataOffset { get; }

    public long FileBytes { get; }

    public uint PageOf(uint blockInExtent) => blockInExtent / ContextsPerPage;

    public int SlotOf(uint blockInExtent) => (int)(blockInExtent % ContextsPerPage);

    public long PageOffset(uint page) => ContextsOffset + ((long)page * ContextPage.SizeBytes);

    public long BlockOffset(uint blockInExtent) => (long)blockInExtent << Definition.BlockShift;
}
