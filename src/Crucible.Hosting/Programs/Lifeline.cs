using System.Diagnostics;

namespace Crucible.Hosting;

/// <summary>
/// Ties the life of a program to that of the one which started it, also where that is killed with SIGKILL and can tell nobody:
/// its end closes the pipe that is the other's standard input, and the reader stops in order. Closing the pipe is also how the
/// parent stops its child.
/// </summary>
/// <remarks>Linux can send a signal at a parent's death, but counts the death of the thread that forked as one.</remarks>
public static class Lifeline
{
    /// <summary>Set to <see cref="StandardInput"/> in the environment of a program whose standard input is a lifeline.</summary>
    public const string Variable = "CRUCIBLE_LIFELINE";

    /// <summary>The only value that <see cref="Variable"/> knows.</summary>
    public const string StandardInput = "stdin";

    /// <summary>
    /// Lets a program that is about to be started live no longer than we do. Its standard input becomes a pipe, which must
    /// be left open and unwritten while it is to run.
    /// </summary>
    public static void Announce(ProcessStartInfo start)
    {
        ArgumentNullException.ThrowIfNull(start);
        start.RedirectStandardInput = true;
        start.Environment[Variable] = StandardInput;
    }

    /// <summary>Calls back once standard input has ended, if it is a lifeline; otherwise never touches it.</summary>
    internal static void Watch(Action onEnd)
    {
        if (Environment.GetEnvironmentVariable(Variable) != StandardInput)
        {
            return;
        }

        // What we start in turn has another standard input.
        Environment.SetEnvironmentVariable(Variable, null);
        new Thread(() => WaitForEnd(onEnd)) { IsBackground = true, Name = "lifeline" }.Start();
    }

    private static void WaitForEnd(Action onEnd)
    {
        using var input = Console.OpenStandardInput();
        Span<byte> ignored = stackalloc byte[256];
        while (input.Read(ignored) > 0)
        {
        }

        onEnd();
    }
}
