namespace MessagePack;

/// <summary>The bytes are well there, but are not what the reader was asked for: another type, or out of range.</summary>
public sealed class MessagePackSerializationException : Exception
{
    public MessagePackSerializationException()
    {
    }

    public MessagePackSerializationException(string message)
        : base(message)
    {
    }

    public MessagePackSerializationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
