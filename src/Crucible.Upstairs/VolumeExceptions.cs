namespace Crucible.Upstairs;

/// <summary>A request or an activation of a volume failed; <see cref="Code"/> tells how.</summary>
public class VolumeException : CrucibleException
{
    public VolumeException(ErrorCode code, string message)
        : base(message)
    {
        Code = code;
    }

    /// <summary>How it ended.</summary>
    public ErrorCode Code { get; }
}

/// <summary>The options a volume was to be opened with can't be.</summary>
public sealed class InvalidVolumeOptionsException(string message) : CrucibleException(message);

/// <summary>Fewer than two replicas answered in time.</summary>
public sealed class VolumeUnavailableException(string message) : VolumeException(ErrorCode.NotEnoughReplicas, message);

/// <summary>The targets do not fit together, or not with what was asked for: geometry, identity, version, encryption.</summary>
public sealed class VolumeMismatchException(string message) : VolumeException(ErrorCode.Unsupported, message);

/// <summary>A later activation took the volume over, or the generation asked for was refused. Final.</summary>
public sealed class VolumeSupersededException(string message) : VolumeException(ErrorCode.Superseded, message);
