using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Crucible.Upstairs.Encryption;

/// <summary>Reads a key as people write it down. No message repeats any of the input.</summary>
internal static class KeyFormat
{
    private const int HexDigits = 2 * EncryptionKey.SizeBytes;
    private const int Base64Characters = (EncryptionKey.SizeBytes + 2) / 3 * 4;

    /// <summary>32 raw bytes, or what <see cref="ParseText"/> takes.</summary>
    public static EncryptionKey ParseFile(ReadOnlySpan<byte> content, string source)
    {
        var isRaw = content.Length == EncryptionKey.SizeBytes
            || (content.Length == EncryptionKey.SizeBytes + 1 && content[^1] == '\n');
        if (!isRaw)
        {
            return ParseText(content, source);
        }

        // 32 random bytes are all printable once in 10¹³ keys; `openssl rand -hex 16` prints 32 digits every time, and
        // taking those as they are would make a key of 128 bits, and another one than was meant.
        var raw = content[..EncryptionKey.SizeBytes];
        if (!raw.ContainsAnyExceptInRange((byte)' ', (byte)'~'))
        {
            throw new EncryptionKeyException(
                $"{source} holds {EncryptionKey.SizeBytes} characters of text, which is too short for a key; {Expected}");
        }

        return new EncryptionKey(raw, source);
    }

    /// <summary>64 hex digits or base64 of 32 bytes, with or without a line ending.</summary>
    public static EncryptionKey ParseText(ReadOnlySpan<byte> text, string source)
    {
        text = text.TrimEnd("\r\n"u8);
        Span<byte> key = stackalloc byte[EncryptionKey.SizeBytes];
        try
        {
            return text.Length switch
            {
                0 => throw new EncryptionKeyException($"{source} is empty; {Expected}"),
                HexDigits when FromHex(text, key) => new EncryptionKey(key, source),
                Base64Characters when FromBase64(text, key) => new EncryptionKey(key, source),
                _ => throw new EncryptionKeyException($"{source} does not hold a key; {Expected}"),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private static string Expected =>
        $"expected base64 of {EncryptionKey.SizeBytes} random bytes (make one: openssl rand -base64 {EncryptionKey.SizeBytes}) "
        + $"or {HexDigits} hex digits";

    private static bool FromHex(ReadOnlySpan<byte> text, Span<byte> key) =>
        Convert.FromHexString(text, key, out _, out var written) == OperationStatus.Done && written == key.Length;

    private static bool FromBase64(ReadOnlySpan<byte> text, Span<byte> key) =>
        Base64.DecodeFromUtf8(text, key, out _, out var written) == OperationStatus.Done && written == key.Length;
}
