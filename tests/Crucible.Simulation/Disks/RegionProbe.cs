using Crucible.Storage;

namespace Crucible.Simulation;

/// <summary>Looks into a region from outside, on a copy of its disk: nothing about it changes.</summary>
internal static class RegionProbe
{
    /// <summary>Whether it can be opened and every block of it read, as it is and as it would be after a loss of power.</summary>
    /// <param name="durable">The position that it counts as durable.</param>
    public static bool IsWhole(SimulatedStorage disk, ReplicaPosition durable) =>
        ProblemOf(disk.Copy(), durable) is null && ProblemOf(disk.CopyDurable(), durable) is null;

    /// <summary>What of it can't be opened or read; null: nothing.</summary>
    public static string? Problem(SimulatedStorage disk) => ProblemOf(disk.Copy(), default) ?? ProblemOf(disk.CopyDurable(), default);

    private static string? ProblemOf(SimulatedStorage copy, ReplicaPosition durable)
    {
        try
        {
            using var region = Region.Open(copy, new RegionOpenOptions { ReadOnly = true });
            return region.State.Position.CompareTo(durable) < 0 ? $"it holds jobs up to {region.State.Position} and should up to {durable}"
                : ReadAll(region, region.Definition, out _, out _, out var problem) ? null : problem;
        }
        catch (CrucibleException e)
        {
            return e.Message;
        }
    }

    /// <summary>All blocks of a region, by stamps and by contexts; false where one can't be read.</summary>
    public static bool ReadAll(Region region, RegionDefinition definition, out ulong[] stamps, out byte[] contexts, out string problem)
    {
        problem = "";
        var (blockSize, contextSize) = ((int)definition.BlockSizeBytes, definition.ContextSizeBytes);
        stamps = new ulong[definition.TotalBlocks];
        contexts = new byte[(int)definition.TotalBlocks * contextSize];
        var data = new byte[definition.ExtentSizeBytes];
        var plain = new byte[definition.ExtentSizeBytes];
        for (uint extent = 0; extent < definition.ExtentCount; extent++)
        {
            var start = definition.FirstBlockOf(new ExtentId(extent));
            var own = contexts.AsSpan((int)start.Value * contextSize, (int)definition.ExtentSizeBlocks * contextSize);
            var error = region.Read(start, definition.ExtentSizeBlocks, own, data, out var length, verify: true);
            if (error != ErrorCode.None || !BlockSeal.Open(definition, start, definition.ExtentSizeBlocks, own, data.AsSpan(0, length), plain))
            {
                problem = $"blocks {start}+{definition.ExtentSizeBlocks} can't be read: {error}";
                continue;
            }

            for (var i = 0; i < definition.ExtentSizeBlocks; i++)
            {
                stamps[(int)start.Value + i] = BlockStamp.Read(plain.AsSpan(i * blockSize, blockSize), start.Value + (ulong)i);
            }
        }

        return problem.Length == 0;
    }
}
