namespace Crucible.Simulation;

/// <summary>Holds what a read delivered against what it may be (I2, I3, I6, I9).</summary>
internal static class ReadCheck
{
    /// <summary>A read ended well: each of its blocks must be one that the guest may see, and what is seen is remembered.</summary>
    public static void Check(World world, SessionLog log, SimulatedRequest read)
    {
        var blockSize = (int)world.Plan.Geometry.BlockSizeBytes;
        for (uint i = 0; i < read.BlockCount; i++)
        {
            var block = read.Start + i;
            var stamp = BlockStamp.Read(read.Data.AsSpan((int)i * blockSize, blockSize), block);
            if (stamp == BlockStamp.Garbage)
            {
                throw new ViolationException("I2", $"{read} got bytes for block {block} that nobody wrote there");
            }

            CheckBlock(log, read, block, stamp, read.MustSee[i]);
        }
    }

    /// <summary>States were told: a block without data must be one that the guest may see as zeroes.</summary>
    public static void CheckStates(World world, SessionLog log, SimulatedRequest asked)
    {
        for (uint i = 0; i < asked.BlockCount; i++)
        {
            if (asked.States[i] != BlockState.Data)
            {
                CheckBlock(log, asked, asked.Start + i, 0, asked.MustSee[i]);
                world.Coverage.Count(Outcome.BlocksToldToHoldNoData);
            }
        }
    }

    private static void CheckBlock(SessionLog log, SimulatedRequest read, ulong block, ulong stamp, int mustSee)
    {
        var first = -1;
        foreach (var version in log.VersionsOf(block))
        {
            if (version.Stamp == stamp && version.Change >= mustSee)
            {
                first = version.Change;
                break;
            }
        }

        var mayBeBase = mustSee < 0;
        if (first >= 0)
        {
            // Zeroes may be the session's or older: only what is certain is remembered.
            if (!mayBeBase || !log.Base.Exists(state => state.Stamps[block] == stamp))
            {
                log.Saw(block, first);
            }

            return;
        }

        if (!mayBeBase)
        {
            throw new ViolationException("I9", $"{read} of session {log.Number} got {stamp} for block {block}, "
                + $"older than (or none of) what it must see: {Describe(log, block, mustSee)}");
        }

        log.KeepStates(state => state.Stamps[block] == stamp, "I3", $"{read} of session {log.Number} got {stamp} for block {block}: "
            + $"no single state that could have been left agrees with it and with all that was read since ({DescribeBase(log, block)})");
    }

    private static string Describe(SessionLog log, ulong block, int mustSee)
    {
        var versions = string.Join(", ", log.VersionsOf(block).Select(v => $"{v.Stamp} (job {log.Changes[v.Change].Job})"));
        return $"at least job {log.Changes[mustSee].Job}; the session's versions are {versions}";
    }

    private static string DescribeBase(SessionLog log, ulong block)
    {
        var stamps = string.Join(", ", log.Base.Select(state => state.Stamps[block]).Distinct().Take(12));
        return $"{log.Base.Count} states are left, with {stamps}; must have survived: change {log.Before?.LeastSurviving} of session {log.Before?.Number}";
    }
}
