using System.Security.Cryptography;
using System.Text;

namespace Crucible.Upstairs.Encryption;

/// <summary>
/// The master key of a volume: 256 bits. Whoever loads it disposes it, which zeroes it. Deliberately no record and
/// without a way to text, so that no log, debugger view or options dump shows it.
/// </summary>
public sealed class EncryptionKey : IDisposable
{
    /// <summary>Bytes of a key.</summary>
    public const int SizeBytes = 32;

    /// <summary>The environment variable that may hold the key, as base64 or hex digits.</summary>
    public const string EnvironmentVariable = "CRUCIBLE_ENCRYPTION_KEY";

    // Pinned, so that the collector leaves no copy behind that nobody zeroes.
    private readonly byte[] _bytes = GC.AllocateArray<byte>(SizeBytes, pinned: true);
    private bool _disposed;

    /// <param name="bytes">The key, 32 bytes; borrowed for the call.</param>
    /// <exception cref="EncryptionKeyException">Not 32 bytes, or all zeroes.</exception>
    public EncryptionKey(ReadOnlySpan<byte> bytes)
        : this(bytes, "the encryption key")
    {
    }

    internal EncryptionKey(ReadOnlySpan<byte> bytes, string source)
    {
        if (bytes.Length != SizeBytes)
        {
            throw new EncryptionKeyException($"{source} has {bytes.Length} bytes; a key has {SizeBytes}");
        }

        if (!bytes.ContainsAnyExcept((byte)0))
        {
            throw new EncryptionKeyException($"{source} is all zeroes, which is no key");
        }

        bytes.CopyTo(_bytes);
    }

    /// <summary>The key itself, for the cipher alone.</summary>
    /// <exception cref="ObjectDisposedException">The key was disposed.</exception>
    internal ReadOnlySpan<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _bytes;
        }
    }

    /// <summary>
    /// The key from <paramref name="keyFile"/> if that is given, else from <see cref="EnvironmentVariable"/> if that is
    /// set, else null. <paramref name="warning"/> is one line for a person, or null.
    /// </summary>
    /// <exception cref="EncryptionKeyException">The file can't be read, or what it or the variable holds is no key.</exception>
    public static EncryptionKey? Load(string? keyFile, out string? warning)
    {
        if (keyFile is not null)
        {
            return FromFile(keyFile, out warning);
        }

        warning = null;
        return FromEnvironment();
    }

    /// <summary>
    /// The key from a file: 32 raw bytes, 64 hex digits, or base64 of 32 bytes; a line ending after them is let pass.
    /// <paramref name="warning"/> is one line for a person if others than the owner can use the file, or null.
    /// </summary>
    /// <exception cref="EncryptionKeyException">The file can't be read, or what it holds is no key.</exception>
    public static EncryptionKey FromFile(string path, out string? warning)
    {
        ArgumentNullException.ThrowIfNull(path);
        Span<byte> content = stackalloc byte[KeyFile.SizeLimitBytes + 1];
        try
        {
            var lengthBytes = KeyFile.Read(path, content, out warning);
            return KeyFormat.ParseFile(content[..lengthBytes], $"key file {path}");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    /// <summary>The key from <see cref="EnvironmentVariable"/>, base64 or hex digits; null if it is not set or empty.</summary>
    /// <exception cref="EncryptionKeyException">What the variable holds is no key.</exception>
    public static EncryptionKey? FromEnvironment()
    {
        var text = Environment.GetEnvironmentVariable(EnvironmentVariable);
        return string.IsNullOrEmpty(text) ? null : FromText(text, EnvironmentVariable);
    }

    /// <summary>Says that it is a key, not which.</summary>
    public override string ToString() => "encryption key (not shown)";

    /// <summary>Zeroes the key. Ciphers made from it go on working.</summary>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_bytes);
    }

    internal static EncryptionKey FromText(string text, string source)
    {
        var bytes = GC.AllocateArray<byte>(Encoding.UTF8.GetByteCount(text), pinned: true);
        try
        {
            Encoding.UTF8.GetBytes(text, bytes);
            return KeyFormat.ParseText(bytes, source);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
