using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Crucible.Upstairs.Program;

/// <summary>
/// Ends the command of <c>--run</c> where the server can't, for it was killed: a process beside both, whose standard input is a
/// pipe that only the server holds open. What belongs to the command is found by a mark in its environment, which everything
/// it starts inherits, also what has left its parent, its process group or its session.
/// </summary>
/// <remarks>
/// The command itself is started as if there were no guard: it has the server's standard streams, process group and terminal,
/// which a wrapper round it, or a group of its own, would take from it.
/// </remarks>
internal sealed class CommandGuard : IDisposable
{
    /// <summary>What the program is given, with the mark behind it, to be a guard. No command for people.</summary>
    public const string Argument = "guard-captive-command";

    private const string Variable = "CRUCIBLE_CAPTIVE";

    /// <summary>How long what was asked to end has until it is killed.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    /// <summary>How long something that forks as fast as it is killed is fought.</summary>
    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly Process _process;

    private CommandGuard(Process process)
    {
        _process = process;
    }

    /// <summary>Starts a guard over a command that is about to be started, and marks that.</summary>
    public static CommandGuard Start(ProcessStartInfo command)
    {
        var mark = Guid.NewGuid().ToString("n");
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,

            // Who waits for the end of the command's output must not wait for the guard's.
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (Path.GetFileName(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(CommandGuard).Assembly.Location);
        }

        start.ArgumentList.Add(Argument);
        start.ArgumentList.Add(mark);
        var guard = new CommandGuard(Process.Start(start)!);

        // Beside the mark of a server that this one runs under.
        command.Environment[Variable] = $"{Environment.GetEnvironmentVariable(Variable)} {mark}".TrimStart();
        return guard;
    }

    /// <summary>The command has ended, as far as the server minds: nothing is left to guard.</summary>
    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    /// <summary>Is a guard: waits for the end of the server, and ends what bears the mark.</summary>
    public static int Run(string mark)
    {
        // A terminal signals everybody; what it means to the server the server decides, and then ends.
        using var interrupt = Ignore(PosixSignal.SIGINT);
        using var terminate = Ignore(PosixSignal.SIGTERM);
        using var hangup = Ignore(PosixSignal.SIGHUP);
        using var quit = Ignore(PosixSignal.SIGQUIT);
        using var input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0)
        {
        }

        End(mark);
        return 0;
    }

    private static PosixSignalRegistration Ignore(PosixSignal signal) =>
        PosixSignalRegistration.Create(signal, static context => context.Cancel = true);

    private static void End(string mark)
    {
        MarkedProcesses.Find(mark).ForEach(LinuxCalls.AskToEnd);
        var began = Stopwatch.GetTimestamp();
        while (MarkedProcesses.Find(mark) is { Count: > 0 } left && Stopwatch.GetElapsedTime(began) < Grace + KillLimit)
        {
            if (Stopwatch.GetElapsedTime(began) >= Grace)
            {
                left.ForEach(LinuxCalls.Kill);
            }

            Thread.Sleep(Look);
        }
    }
}
