using Crucible.Protocol;

namespace Crucible.Downstairs;

/// <summary>Tells a greeted connection what the region knows of itself.</summary>
internal static class Learning
{
    public static void TellRegionInfo(IDownstairsOutput output, Peer peer)
    {
        var facts = output.Facts;
        output.Send(peer, new RegionInfoHeader(
            facts.Volume,
            facts.Promised,
            facts.InSync,
            facts.Repairing,
            facts.PositionGeneration,
            facts.PositionJob,
            facts.FlushGeneration,
            facts.Flush,
            facts.Blank));
    }

    /// <exception cref="ProtocolViolationException">The range is not one of the region, or too long.</exception>
    public static void TellExtentVersions(
        IDownstairsOutput output, RegionDefinition definition, Peer peer, in QueryExtentVersionsHeader query)
    {
        if (query.ExtentCount is 0 or > WireLimits.MaxExtentVersionsPerMessage
            || query.First.Value >= definition.ExtentCount
            || query.ExtentCount > definition.ExtentCount - query.First.Value)
        {
            throw new ProtocolViolationException($"extents {query.First} and {query.ExtentCount} in all are asked for");
        }

        var versions = new byte[query.ExtentCount * ExtentVersion.SizeBytes];
        for (var i = 0; i < query.ExtentCount; i++)
        {
            output.VersionOf(new ExtentId(query.First.Value + (uint)i)).Write(versions.AsSpan(i * ExtentVersion.SizeBytes));
        }

        output.Send(peer, new ExtentVersionsHeader(query.First, query.ExtentCount, versions));
    }
}
