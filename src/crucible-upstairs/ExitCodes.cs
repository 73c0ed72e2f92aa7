using Crucible.Hosting;
using Crucible.Upstairs.Encryption;

namespace Crucible.Upstairs.Program;

/// <summary>What the exceptions of the library mean to the shell.</summary>
internal static class ExitCodes
{
    /// <summary>What <c>--help</c> says of them.</summary>
    public const string Help =
        """
        Exit codes: 0 done; 1 failed, one line says why; 2 wrong usage, nothing was opened; 3 a comparison found differences;
        4 the downstairs are unreachable or fewer than two answer; 130 interrupted; 141 the reader of the output went away.
        """;

    /// <summary>For <see cref="CrucibleProgram.RunAsync"/>.</summary>
    public static int? Of(Exception exception) => exception switch
    {
        VolumeUnavailableException => ExitCode.Unavailable,
        InvalidVolumeOptionsException or EncryptionKeyException => ExitCode.Usage,
        VolumeException { Code: ErrorCode.NotEnoughReplicas } => ExitCode.Unavailable,
        _ => null,
    };
}

/// <summary>A command can't do what it was asked, or only in part; the message says how far it got.</summary>
internal sealed class CommandFailedException(string message) : CrucibleException(message);
