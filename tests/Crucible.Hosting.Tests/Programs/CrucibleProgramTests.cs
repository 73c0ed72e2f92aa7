using System.CommandLine;
using System.Net.Sockets;

namespace Crucible.Hosting.Tests;

public sealed class CrucibleProgramTests
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task The_commands_own_result_is_the_exit_code()
    {
        var code = await RunAsync(async (parse, _) =>
        {
            await parse.InvocationConfiguration.Output.WriteLineAsync("done");
            return ExitCode.Differs;
        });

        Assert.Equal(ExitCode.Differs, code);
        Assert.Equal("done\n", _output.ToString());
        Assert.Equal("", _error.ToString());
    }

    [Fact]
    public async Task A_wrong_flag_gets_one_line_and_a_hint()
    {
        var code = await RunAsync((_, _) => Task.FromResult(0), "work", "--depht", "3");

        Assert.Equal(ExitCode.Usage, code);
        var lines = ErrorLines();
        Assert.StartsWith("error: ", lines[0], StringComparison.Ordinal);
        Assert.Contains("--depht", lines[0], StringComparison.Ordinal);
        Assert.Equal($"try '{RootCommand.ExecutableName} work --help'", lines[^1]);
        Assert.Equal("", _output.ToString());
    }

    [Theory]
    [InlineData("work", "--ack", "")]
    [InlineData("work", "--ack=")]
    public async Task An_empty_argument_is_an_error_of_usage(params string[] args)
    {
        var code = await RunAsync((_, _) => Task.FromResult(0), args);

        Assert.Equal(ExitCode.Usage, code);
        Assert.StartsWith("error: ", ErrorLines()[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_directory_name_never_comes_to_the_command()
    {
        var root = new RootCommand("test") { new Option<string>("--data", "-d") };
        root.SetAction((_, _) => throw new InvalidOperationException("it came"));

        var code = await CrucibleProgram.RunAsync(root, ["-d", ""], _output, _error, null, CancellationToken.None);

        Assert.Equal(ExitCode.Usage, code);
        Assert.StartsWith("error: an argument is empty", Assert.Single(ErrorLines()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_value_outside_the_choices_gets_one_line()
    {
        var code = await RunAsync((_, _) => Task.FromResult(0), "work", "--ack", "later");

        Assert.Equal(ExitCode.Usage, code);
        var lines = ErrorLines();
        Assert.Equal(2, lines.Length);
        Assert.Contains("'later'", lines[0], StringComparison.Ordinal);
        Assert.Contains("'fast', 'quorum'", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_command_is_an_error_of_usage()
    {
        var root = new RootCommand("test") { new Command("work") };

        var code = await CrucibleProgram.RunAsync(root, [], _output, _error, null, CancellationToken.None);

        Assert.Equal(ExitCode.Usage, code);
        Assert.StartsWith("error: ", ErrorLines()[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mistyped_command_gets_one_line()
    {
        var code = await RunAsync((_, _) => Task.FromResult(0), "wrok");

        Assert.Equal(ExitCode.Usage, code);
        var lines = ErrorLines();
        Assert.Equal(2, lines.Length);
        Assert.Contains("'wrok'", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_goes_to_standard_output_and_succeeds()
    {
        var code = await RunAsync((_, _) => Task.FromResult(1), "work", "--help");

        Assert.Equal(ExitCode.Success, code);
        Assert.Contains("--ack", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal("", _error.ToString());
    }

    public static TheoryData<Exception, int> OneLineErrors => new()
    {
        { new UsageException("--depth must be 1 or more, not 0"), ExitCode.Usage },
        { new InvalidGeometryException("block size 3 is not a power of two"), ExitCode.Failure },
        { new IOException("No space left on device\nhere"), ExitCode.Failure },
        { new UnauthorizedAccessException("Access to the path '/x' is denied."), ExitCode.Failure },
        { new SocketException((int)SocketError.AddressAlreadyInUse), ExitCode.Failure },
        { new SocketException((int)SocketError.ConnectionRefused), ExitCode.Unavailable },
        { new IOException("broke", new SocketException((int)SocketError.TimedOut)), ExitCode.Unavailable },
        { new AggregateException(new UsageException("one")), ExitCode.Usage },
    };

    [Theory]
    [MemberData(nameof(OneLineErrors))]
    public async Task An_expected_failure_gets_one_line_without_a_stack_trace(Exception exception, int expected)
    {
        var code = await RunAsync((_, _) => Task.FromException<int>(exception));

        Assert.Equal(expected, code);
        var line = Assert.Single(ErrorLines());
        Assert.StartsWith("error: ", line, StringComparison.Ordinal);
        Assert.DoesNotContain(" at ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_gives_its_own_exceptions_their_exit_codes()
    {
        var code = await RunAsync(
            (_, _) => Task.FromException<int>(new TimeoutException("no answer from 127.0.0.1:3802")),
            exitCodes: exception => exception is TimeoutException ? ExitCode.Unavailable : null);

        Assert.Equal(ExitCode.Unavailable, code);
        Assert.Equal(["error: no answer from 127.0.0.1:3802"], ErrorLines());
    }

    [Fact]
    public async Task A_bug_shows_its_stack_trace()
    {
        var code = await RunAsync((_, _) => throw new InvalidOperationException("impossible"));

        Assert.Equal(ExitCode.Failure, code);
        Assert.Contains("unexpected System.InvalidOperationException: impossible", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains(" at ", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_standard_output_ends_quietly()
    {
        const int BrokenPipe = 32;

        var code = await RunAsync((_, _) => throw new IOException("Broken pipe", BrokenPipe));

        Assert.Equal(ExitCode.OutputClosed, code);
        Assert.Equal("", _error.ToString());
    }

    [Fact]
    public async Task An_interrupted_command_says_nothing_and_returns_130()
    {
        using var stop = new CancellationTokenSource();

        var code = await RunAsync(
            async (_, cancellationToken) =>
            {
                await stop.CancelAsync();
                cancellationToken.ThrowIfCancellationRequested();
                return 0;
            },
            stop: stop.Token);

        Assert.Equal(ExitCode.Interrupted, code);
        Assert.Equal("", _error.ToString());
    }

    [Fact]
    public async Task A_daemon_that_drained_after_a_signal_succeeds()
    {
        using var stop = new CancellationTokenSource();

        var code = await RunAsync(
            async (_, cancellationToken) =>
            {
                await stop.CancelAsync();
                Assert.True(cancellationToken.IsCancellationRequested);
                return ExitCode.Success;
            },
            stop: stop.Token);

        Assert.Equal(ExitCode.Success, code);
    }

    private Task<int> RunAsync(Func<ParseResult, CancellationToken, Task<int>> action, params string[] args) =>
        RunAsync(action, null, CancellationToken.None, args);

    private async Task<int> RunAsync(
        Func<ParseResult, CancellationToken, Task<int>> action,
        Func<Exception, int?>? exitCodes = null,
        CancellationToken stop = default,
        params string[] args)
    {
        var ack = new Option<string>("--ack");
        ack.AcceptOnlyFromAmong("fast", "quorum");
        var work = new Command("work", "Does it.") { ack };
        work.SetAction(action);
        var root = new RootCommand("A test.") { work };
        return await CrucibleProgram.RunAsync(root, args is [] ? ["work"] : args, _output, _error, exitCodes, stop);
    }

    private string[] ErrorLines() => _error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
