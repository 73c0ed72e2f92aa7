namespace Crucible.Hosting;

/// <summary>What the user asked for makes no sense; the message is one line and says what would.</summary>
public sealed class UsageException : Exception, IOneLineError
{
    /// <param name="message">One line, without a full stop: <c>--depth must be 1 or more, not 0</c>.</param>
    public UsageException(string message)
        : base(message)
    {
    }

    /// <param name="message">One line, without a full stop.</param>
    /// <param name="innerException">What was thrown where the value was read.</param>
    public UsageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <inheritdoc/>
    public int ExitCode => Crucible.Hosting.ExitCode.Usage;
}
