using Microsoft.Win32.SafeHandles;

namespace Crucible.Upstairs.Encryption;

/// <summary>The file that a key lies in.</summary>
internal static class KeyFile
{
    /// <summary>The longest form of a key, 64 digits and a line ending, with room for a stray blank line.</summary>
    public const int SizeLimitBytes = 68;

    private const UnixFileMode OthersMayUse =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>
    /// Reads the file into <paramref name="content"/> (one byte longer than the limit, to notice what is longer) and
    /// returns how many bytes it has. <paramref name="warning"/> tells of loose permissions, or is null.
    /// </summary>
    /// <exception cref="EncryptionKeyException">The file can't be read, or is too long for a key.</exception>
    public static int Read(string path, Span<byte> content, out string? warning)
    {
        Invariant.Require(content.Length == SizeLimitBytes + 1);
        int lengthBytes;
        try
        {
            using var file = File.OpenHandle(path);
            lengthBytes = ReadAll(file, content);
            warning = PermissionWarning(path, file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException
            or NotSupportedException)
        {
            throw new EncryptionKeyException($"key file {path} can't be read: {Reason(path, exception)}", exception);
        }

        if (lengthBytes > SizeLimitBytes)
        {
            throw new EncryptionKeyException($"key file {path} is longer than any form of a key ({SizeLimitBytes} bytes)");
        }

        return lengthBytes;
    }

    private static int ReadAll(SafeFileHandle file, Span<byte> content)
    {
        var lengthBytes = 0;
        while (lengthBytes < content.Length)
        {
            var read = RandomAccess.Read(file, content[lengthBytes..], lengthBytes);
            if (read == 0)
            {
                break;
            }

            lengthBytes += read;
        }

        return lengthBytes;
    }

    private static string? PermissionWarning(string path, SafeFileHandle file)
    {
        // Asked of the open file, so that a link or a file put in its place meanwhile does not answer for it.
        if (OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & OthersMayUse) == 0)
        {
            return null;
        }

        return $"key file {path} is open to its group or to others; close it: chmod 600 {path}";
    }

    private static string Reason(string path, Exception exception) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => "it does not exist",
        _ when Directory.Exists(path) => "it is a directory",
        UnauthorizedAccessException => "permission denied",
        ArgumentException => "it is not a path",
        _ => "the operating system refused",
    };
}
