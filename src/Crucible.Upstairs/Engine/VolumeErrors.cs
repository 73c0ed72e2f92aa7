namespace Crucible.Upstairs;

/// <summary>What a failed request is told, in one line.</summary>
internal static class VolumeErrors
{
    public static VolumeException Describe(VolumeRequest request, string volumeCause) => request.Outcome switch
    {
        ErrorCode.Superseded => new VolumeSupersededException($"another upstairs took the volume over: {volumeCause}"),
        ErrorCode.NotEnoughReplicas => new VolumeException(
            ErrorCode.NotEnoughReplicas, $"{Name(request)} failed: fewer than two replicas are active {volumeCause}".TrimEnd()),
        ErrorCode.IntegrityError => new VolumeException(
            ErrorCode.IntegrityError, $"{Name(request)} failed: no replica holds these blocks undamaged"),
        ErrorCode.ReadOnly => new VolumeException(ErrorCode.ReadOnly, $"{Name(request)} failed: the volume was opened read only"),
        ErrorCode.Closed => new VolumeException(ErrorCode.Closed, $"{Name(request)} failed: the volume is closed"),
        var code => new VolumeException(code, $"{Name(request)} failed on every replica: {code}"),
    };

    private static string Name(VolumeRequest request) => request.Kind switch
    {
        RequestKind.Flush => "flush",
        RequestKind.ReadStates => $"block status at block {request.Start}",
        var kind => $"{kind.ToString().ToLowerInvariant()} at block {request.Start}",
    };
}
