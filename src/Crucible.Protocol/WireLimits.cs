namespace Crucible.Protocol;

/// <summary>What a frame may be at most. A longer one is a protocol violation, noticed before memory is taken for it.</summary>
public static class WireLimits
{
    /// <summary>Most bytes of blocks in one frame, so in one job.</summary>
    public const int MaxPayloadBytes = 1 << 20;

    /// <summary>Most blocks of one job or of one range of contexts: a full payload of the smallest blocks.</summary>
    public const int MaxBlocksPerJob = MaxPayloadBytes / (int)RegionDefinition.MinBlockSizeBytes;

    /// <summary>Most blocks that one write-zeroes or discard may cover: they carry nothing a block, but each takes an entry of the journal's index.</summary>
    public const uint MaxEmptyBlocksPerJob = 1 << 15;

    /// <summary>Most blocks whose states one job asks for: what a downstairs looks up in a few milliseconds.</summary>
    public const uint MaxStateBlocksPerJob = 1 << 15;

    /// <summary>Most runs of states that one message tells; the blocks behind them are asked for again.</summary>
    public const int MaxStateRunsPerMessage = 4096;

    /// <summary>Most bytes of a header: the contexts of a full job in an encrypted region, and room for the fields.</summary>
    public const int MaxHeaderBytes = (MaxBlocksPerJob * BlockContext.EncryptedSizeBytes) + 4096;

    /// <summary>Most extents whose versions one message tells.</summary>
    public const uint MaxExtentVersionsPerMessage = 4096;

    /// <summary>Most bytes of a text for people.</summary>
    public const int MaxTextBytes = 1024;
}
