namespace Crucible.Hosting;

/// <summary>What the programs tell the shell. The numbers are permanent: scripts depend on them.</summary>
public static class ExitCode
{
    /// <summary>Everything asked for was done; also a daemon that was told to stop and drained in order.</summary>
    public const int Success = 0;

    /// <summary>It was tried and failed; one line on stderr says why.</summary>
    public const int Failure = 1;

    /// <summary>The command line, the environment or <c>appsettings.json</c> is wrong; nothing was opened or changed.</summary>
    public const int Usage = 2;

    /// <summary>A comparison or verification ran to its end and found differences.</summary>
    public const int Differs = 3;

    /// <summary>Peers refuse the connection, are unreachable or never answer: trying again later may help.</summary>
    public const int Unavailable = 4;

    /// <summary>Stopped by SIGINT or SIGTERM before the work was done.</summary>
    public const int Interrupted = 130;

    /// <summary>The reader of standard output went away (<c>… | head</c>), so the work ended early and silently.</summary>
    public const int OutputClosed = 141;
}
