using System.Text;
using System.Text.Json;

namespace Crucible.Hosting;

/// <summary>What a control server answers: made whole before it is sent.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="ContentType">Of the body.</param>
/// <param name="Body">The bytes.</param>
public sealed record ControlAnswer(int Status, string ContentType, ReadOnlyMemory<byte> Body)
{
    /// <summary>Done.</summary>
    public const int Ok = 200;

    /// <summary>It was begun, and goes on.</summary>
    public const int Accepted = 202;

    /// <summary>The body makes no sense.</summary>
    public const int BadRequest = 400;

    /// <summary>Something is under way that excludes it, or can't be done as things are.</summary>
    public const int Conflict = 409;

    /// <summary>It failed.</summary>
    public const int Failed = 500;

    /// <summary>Not now: it does not serve.</summary>
    public const int Unavailable = 503;

    /// <summary>A document as all <c>--json</c> reports are written.</summary>
    public static ControlAnswer Json<T>(T document, int status = Ok) =>
        new(status, "application/json; charset=utf-8", JsonSerializer.SerializeToUtf8Bytes(document, JsonOutput.Compact));

    /// <summary><c>{"error": "…"}</c>.</summary>
    public static ControlAnswer Error(int status, string error) => Json(new ControlError(error), status);

    /// <summary>One line of plain text.</summary>
    public static ControlAnswer Text(string text, int status = Ok, string contentType = "text/plain; charset=utf-8") =>
        new(status, contentType, Encoding.UTF8.GetBytes(text));
}

/// <summary>How every failure is told.</summary>
/// <param name="Error">One line: what failed, and what to do.</param>
public sealed record ControlError(string Error);

/// <summary>A request can't be done; the answer tells why.</summary>
public sealed class ControlException(int status, string message) : CrucibleException(message)
{
    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;
}
