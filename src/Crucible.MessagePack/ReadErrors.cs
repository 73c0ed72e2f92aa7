using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MessagePack;

/// <summary>The reader's two ways to fail, out of line so that the ways to succeed stay small.</summary>
internal static class ReadErrors
{
    [DoesNotReturn]
    public static void ThrowEndOfStream() => throw EndOfStream();

    public static EndOfStreamException EndOfStream() => new("The bytes end before the value does.");

    public static MessagePackSerializationException WrongType(byte code, string expected) =>
        new(string.Create(
            CultureInfo.InvariantCulture, $"Expected {expected}, found {MessagePackCode.ToFormatName(code)} (0x{code:x2})."));

    public static MessagePackSerializationException OutOfRange(string expected) =>
        new($"The number found does not fit into {expected}.");

    public static MessagePackSerializationException TooLong() => new("A length above 2147483647 is not supported.");
}
