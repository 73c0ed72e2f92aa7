using Crucible.Protocol;

namespace Crucible.Downstairs;

/// <summary>What every upstairs keeps to. Whoever does not is cut off: nothing it says can be relied on.</summary>
internal static class JobRules
{
    /// <summary>
    /// Order on the wire is what keeps dependencies, so all that can be told from them is that they make sense: they may
    /// name jobs that never came here (reads that went to another replica, jobs that were retired before a reconnect).
    /// </summary>
    /// <exception cref="ProtocolViolationException">A job waits for itself or for a later one.</exception>
    public static void CheckDependencies(JobId job, in JobDependencies dependencies)
    {
        if (!dependencies.IsEmpty && dependencies[dependencies.RangeCount - 1].Last >= job)
        {
            throw new ProtocolViolationException($"job {job} depends on a later one");
        }
    }

    /// <exception cref="ProtocolViolationException">The job bears another generation than its connection took over with.</exception>
    public static void CheckGeneration(Peer peer, Generation generation)
    {
        if (generation != peer.Generation)
        {
            throw new ProtocolViolationException($"a job of generation {generation} from generation {peer.Generation}");
        }
    }

    /// <exception cref="ProtocolViolationException">The job does not come after those before it on its connection, or is no guest's.</exception>
    public static void CheckOrder(Peer peer, JobId job)
    {
        if (job < JobId.First || job.IsControl || (job <= peer.LastOrdered && !Planted.Is(PlantedBug.ReplayBackwards)))
        {
            throw new ProtocolViolationException($"job {job} after job {peer.LastOrdered}");
        }
    }

    /// <exception cref="ProtocolViolationException">Blocks, contexts and count do not fit each other.</exception>
    public static void CheckWriteShape(RegionDefinition definition, in WriteHeader header, int payloadBytes)
    {
        var contexts = header.Contexts.Span;
        CheckContexts(definition, header.BlockCount, contexts, header.Job);
        if (CountData(definition, contexts) != header.BlockCount)
        {
            throw new ProtocolViolationException($"write {header.Job} has contexts that say no data");
        }

        CheckPayload(definition, header.BlockCount, payloadBytes, header.Job);
    }

    /// <exception cref="ProtocolViolationException">Blocks, contexts and count do not fit each other.</exception>
    public static void CheckRepairShape(RegionDefinition definition, in RepairWriteHeader header, int payloadBytes)
    {
        var contexts = header.Contexts.Span;
        CheckContexts(definition, header.BlockCount, contexts, header.Job);
        CheckPayload(definition, CountData(definition, contexts), payloadBytes, header.Job);
    }

    /// <exception cref="ProtocolViolationException">None, or more than one job may cover.</exception>
    public static void CheckEmptyCount(uint blockCount, JobId job)
    {
        if (blockCount > WireLimits.MaxEmptyBlocksPerJob)
        {
            throw new ProtocolViolationException($"job {job} covers {blockCount} blocks");
        }
    }

    /// <summary>Whether so many blocks fit into an answer.</summary>
    public static bool FitsPayload(RegionDefinition definition, uint blockCount) =>
        blockCount <= WireLimits.MaxPayloadBytes / definition.BlockSizeBytes;

    private static void CheckContexts(RegionDefinition definition, uint blockCount, ReadOnlySpan<byte> contexts, JobId job)
    {
        if (blockCount is 0 or > WireLimits.MaxBlocksPerJob || contexts.Length != blockCount * definition.ContextSizeBytes)
        {
            throw new ProtocolViolationException($"job {job} has {contexts.Length} bytes of contexts for {blockCount} blocks");
        }

        for (var i = 0; i < contexts.Length; i += definition.ContextSizeBytes)
        {
            if (!BlockContext.IsWellFormed(contexts.Slice(i, definition.ContextSizeBytes)))
            {
                throw new ProtocolViolationException($"job {job} has a context that can't be one");
            }
        }
    }

    private static uint CountData(RegionDefinition definition, ReadOnlySpan<byte> contexts)
    {
        uint count = 0;
        for (var i = 0; i < contexts.Length; i += definition.ContextSizeBytes)
        {
            count += BlockContext.State(contexts[i..]) == BlockState.Data ? 1U : 0U;
        }

        return count;
    }

    private static void CheckPayload(RegionDefinition definition, uint dataBlocks, int payloadBytes, JobId job)
    {
        if ((ulong)payloadBytes != (ulong)dataBlocks * definition.BlockSizeBytes)
        {
            throw new ProtocolViolationException($"job {job} has {payloadBytes} bytes of data for {dataBlocks} blocks");
        }
    }
}
