using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;

namespace Crucible.Hosting;

/// <summary>
/// The outermost frame of every program: parses, runs the command, and turns whatever comes out into an exit code and at most
/// one line an error.
/// </summary>
public static class CrucibleProgram
{
    /// <summary>What the parser says where a command is wanted and none was recognized.</summary>
    private const string MissingCommand = "Required command was not provided.";

    /// <summary>Runs the command that <paramref name="args"/> name.</summary>
    /// <param name="root">The whole command tree; its name is what hints call the program.</param>
    /// <param name="args">The command line without the program's name.</param>
    /// <param name="exitCodes">
    /// Exit codes for the program's own exceptions; null for one it leaves to the rules of all programs.
    /// </param>
    /// <returns>One of <see cref="ExitCode"/>, or whatever the command returned.</returns>
    /// <remarks>
    /// SIGINT and SIGTERM cancel the token that the command was given. A command that then returns in order decides the exit
    /// code itself (a daemon that drained returns <see cref="ExitCode.Success"/>); one that lets the cancellation escape ends
    /// with <see cref="ExitCode.Interrupted"/>. A second signal ends the process at once. The end of a
    /// <see cref="Lifeline"/> stops the program in order too, and never counts as the second signal: at Ctrl-C a terminal
    /// signals whole families, whose parent then stops its children in its own way.
    /// </remarks>
    public static async Task<int> RunAsync(RootCommand root, string[] args, Func<Exception, int?>? exitCodes = null)
    {
        using var signals = new StopSignals(Environment.Exit, PosixSignal.SIGINT, PosixSignal.SIGTERM);
        Lifeline.Watch(signals.Stop);
        return await RunAsync(root, args, Console.Out, Console.Error, exitCodes, signals.Token);
    }

    /// <summary>The same without signals, on other streams.</summary>
    internal static async Task<int> RunAsync(
        RootCommand root,
        string[] args,
        TextWriter output,
        TextWriter error,
        Func<Exception, int?>? exitCodes,
        CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(root);
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            Error = error,
            Output = output,
            ProcessTerminationTimeout = null,
        };
        try
        {
            var parse = root.Parse(args);
            if (parse.Action is ParseErrorAction)
            {
                return Refuse(parse, error);
            }

            // No file, directory, address or number is called nothing: most likely a shell's variable is not set.
            if (parse.Tokens.Any(token => token is { Type: TokenType.Argument, Value: "" }))
            {
                throw new UsageException($"an argument is empty; try '{CommandPath(parse.CommandResult)} --help'");
            }

            return await parse.InvokeAsync(configuration, stop);
        }
        catch (Exception exception)
        {
            return Tell(ErrorOutcome.Of(exception, stop.IsCancellationRequested, exitCodes), error);
        }
    }

    private static int Tell(ErrorOutcome outcome, TextWriter error)
    {
        if (outcome.Text is not null)
        {
            error.WriteLine(outcome.Text);
        }

        return outcome.Code;
    }

    private static int Refuse(ParseResult parse, TextWriter error)
    {
        // One broken settings file fails every option that looks into it: say it once. And who mistyped a command need not
        // hear that it is missing.
        foreach (var message in parse.Errors
            .Select(e => ParseMessages.InWords(e.Message))
            .Where(message => message != MissingCommand || parse.UnmatchedTokens.Count == 0)
            .Distinct())
        {
            error.WriteLine($"error: {message}");
        }

        error.WriteLine($"try '{CommandPath(parse.CommandResult)} --help'");
        return ExitCode.Usage;
    }

    private static string CommandPath(CommandResult command) => command.Parent is CommandResult parent
        ? $"{CommandPath(parent)} {command.Command.Name}"
        : command.Command.Name;
}
