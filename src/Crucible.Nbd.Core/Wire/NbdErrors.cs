namespace Crucible.Nbd;

/// <summary>What a failure of the volume is to an NBD client.</summary>
public static class NbdErrors
{
    /// <summary>The number that goes on the wire.</summary>
    public static NbdError Of(ErrorCode code) => code switch
    {
        ErrorCode.None => NbdError.None,
        ErrorCode.OutOfRange or ErrorCode.NotAligned => NbdError.Invalid,
        ErrorCode.NoSpace => NbdError.NoSpace,
        ErrorCode.ReadOnly => NbdError.NotPermitted,

        // Another upstairs has the volume, for good: nothing this server serves will ever work again.
        ErrorCode.Superseded or ErrorCode.NotActive or ErrorCode.Closed => NbdError.Shutdown,

        // ENOTSUP is kept for FAST_ZERO; a replica that can't do something has failed.
        _ => NbdError.InputOutput,
    };
}
