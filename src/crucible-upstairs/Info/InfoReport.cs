namespace Crucible.Upstairs.Program;

/// <summary>What <c>info</c> tells.</summary>
/// <param name="Volume">Its id; null before its first activation.</param>
/// <param name="State">How far the reading session is: active where two replicas answer.</param>
/// <param name="Generation">The highest generation that a replica has promised; 0: never activated.</param>
/// <param name="SizeBytes">Bytes of the volume.</param>
/// <param name="BlockSizeBytes">Bytes of a block.</param>
/// <param name="ExtentSizeBlocks">Blocks of an extent.</param>
/// <param name="ExtentCount">Extents.</param>
/// <param name="Encrypted">Whether its blocks are encrypted.</param>
/// <param name="Replicas">The three replicas, in the order of the targets.</param>
internal sealed record InfoReport(
    Guid? Volume,
    VolumeState State,
    ulong Generation,
    long SizeBytes,
    uint BlockSizeBytes,
    uint ExtentSizeBlocks,
    uint ExtentCount,
    bool Encrypted,
    IReadOnlyList<ReplicaReport> Replicas)
{
    public static InfoReport Of(Volume volume)
    {
        var status = volume.GetStatus();
        var definition = volume.Definition;
        return new InfoReport(
            status.Replicas.Max(r => r.Promised.Value) == 0 ? null : volume.Id.Value,
            status.State,
            status.Replicas.Max(r => r.Promised.Value),
            volume.SizeBytes,
            definition.BlockSizeBytes,
            definition.ExtentSizeBlocks,
            definition.ExtentCount,
            definition.Encrypted,
            [.. status.Replicas.Select(ReplicaReport.Of)]);
    }
}

/// <summary>What <c>info</c> tells of one replica.</summary>
/// <param name="Index">Which of the targets, from 0.</param>
/// <param name="Address">The target as given.</param>
/// <param name="State">Its state in the reading session.</param>
/// <param name="Cause">Why, in words.</param>
/// <param name="Promised">The highest generation it has promised; null where it never answered.</param>
/// <param name="Region">Its region; null where it never answered.</param>
internal sealed record ReplicaReport(int Index, string Address, ReplicaState State, string Cause, ulong? Promised, Guid? Region)
{
    public static ReplicaReport Of(ReplicaStatus status) => new(
        status.Id.Value,
        status.Address,
        status.State,
        status.Cause,
        status.Region is null ? null : status.Promised.Value,
        status.Region?.Value);
}
