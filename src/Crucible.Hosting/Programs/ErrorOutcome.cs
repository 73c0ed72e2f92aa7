using System.Net.Sockets;

namespace Crucible.Hosting;

/// <summary>What an exception that reached the top of a program means to the shell and to the person in front of it.</summary>
/// <param name="Code">One of <see cref="ExitCode"/>.</param>
/// <param name="Text">What to print on stderr; null where silence is right.</param>
internal readonly record struct ErrorOutcome(int Code, string? Text)
{
    /// <summary>EPIPE, which .NET leaves in the HResult of an IOException of a file or pipe (never of a socket).</summary>
    private const int BrokenPipe = 32;

    public static ErrorOutcome Of(Exception exception, bool stopping, Func<Exception, int?>? exitCodes) => exception switch
    {
        AggregateException { InnerExceptions.Count: 1 } one => Of(one.InnerExceptions[0], stopping, exitCodes),
        OperationCanceledException when stopping => new(ExitCode.Interrupted, null),
        IOException { HResult: BrokenPipe } => new(ExitCode.OutputClosed, null),
        _ when exitCodes?.Invoke(exception) is { } code => Line(code, exception),
        IOneLineError told => Line(told.ExitCode, exception),
        SocketException socket => Line(OfSocket(socket.SocketErrorCode), exception),
        IOException { InnerException: SocketException socket } => Line(OfSocket(socket.SocketErrorCode), exception),
        CrucibleException or IOException or UnauthorizedAccessException => Line(ExitCode.Failure, exception),

        // A bug of ours: the trace is what its report needs.
        _ => new(ExitCode.Failure, $"error: unexpected {exception}"),
    };

    private static ErrorOutcome Line(int code, Exception exception) => new(code, $"error: {OneLine.Of(exception.Message)}");

    private static int OfSocket(SocketError error) => error switch
    {
        SocketError.ConnectionRefused or SocketError.TimedOut or SocketError.HostDown or SocketError.HostUnreachable or
            SocketError.NetworkUnreachable or SocketError.HostNotFound or SocketError.TryAgain => ExitCode.Unavailable,
        _ => ExitCode.Failure,
    };
}
