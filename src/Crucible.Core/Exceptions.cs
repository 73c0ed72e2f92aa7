namespace Crucible;

/// <summary>The base of what Crucible throws for outcomes a caller may want to handle; the message is one clear line.</summary>
public abstract class CrucibleException : Exception
{
    protected CrucibleException(string message)
        : base(message)
    {
    }

    protected CrucibleException(string message, Exception? inner)
        : base(message, inner)
    {
    }
}

/// <summary>A region's geometry is impossible: a size out of range, not a power of two, or too large together.</summary>
public sealed class InvalidGeometryException(string message) : CrucibleException(message);

/// <summary>The peer broke the protocol. The connection closes and is made anew.</summary>
public sealed class ProtocolViolationException : CrucibleException
{
    public ProtocolViolationException(string message)
        : base(message)
    {
    }

    public ProtocolViolationException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>Our own bug: something that must hold does not. The process stops: better gone than wrong.</summary>
public sealed class InvariantException(string condition) : Exception($"invariant broken: {condition}");
