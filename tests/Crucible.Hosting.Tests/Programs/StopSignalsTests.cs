using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Crucible.Hosting.Tests;

public sealed class StopSignalsTests
{
    /// <summary>SIGCONT by its number on Linux: it harms nobody who does not wait for it.</summary>
    private const PosixSignal Continue = (PosixSignal)18;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public void The_first_signal_cancels_and_the_second_ends_the_process_with_130()
    {
        using var exited = new ManualResetEventSlim();
        var exitCode = 0;
        using var signals = new StopSignals(
            code =>
            {
                exitCode = code;
                exited.Set();
            },
            Continue);

        Assert.False(signals.Token.IsCancellationRequested);
        SendContinueToThisProcess();

        Assert.True(signals.Token.WaitHandle.WaitOne(Patience));
        Assert.False(exited.IsSet);

        SendContinueToThisProcess();

        Assert.True(exited.Wait(Patience));
        Assert.Equal(ExitCode.Interrupted, exitCode);
    }

    private static void SendContinueToThisProcess()
    {
        var pid = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        using var kill = Process.Start("/bin/kill", ["-CONT", pid]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }
}
