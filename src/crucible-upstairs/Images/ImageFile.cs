namespace Crucible.Upstairs.Program;

/// <summary>Raw images on the local file system.</summary>
internal static class ImageFile
{
    /// <exception cref="CommandFailedException">It isn't there, can't be read, or has no length of its own.</exception>
    public static FileStream OpenToRead(string path)
    {
        try
        {
            var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            if (file.CanSeek && !HasBytesBeyondItsLength(file))
            {
                return file;
            }

            file.Dispose();
            throw new CommandFailedException($"{path} is a pipe or a device without a length: use write, which takes a stream");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Directory.Exists(path)
                ? new CommandFailedException($"{path} is a directory")
                : new CommandFailedException($"{path} can't be read: {e.Message}");
        }
    }

    /// <summary>A new file beside the one that is wanted, so that a half-written image never bears its name.</summary>
    /// <exception cref="CommandFailedException">It can't be made.</exception>
    public static FileStream CreateBeside(string path)
    {
        try
        {
            if (!IsMissingOrRegular(path))
            {
                throw new CommandFailedException($"{path} is no regular file: use read, which writes to standard output");
            }

            return new FileStream(PartialName(path), FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"{path} can't be written: {e.Message}");
        }
    }

    /// <summary>Gives the finished file its name, replacing an older one.</summary>
    public static void Finish(string path) => File.Move(PartialName(path), path, overwrite: true);

    /// <summary>Removes what was begun.</summary>
    public static void Abandon(string path) => File.Delete(PartialName(path));

    // The system tells no length of a device: it is read as an empty file, yet something comes.
    private static bool HasBytesBeyondItsLength(FileStream file) =>
        file.Length == 0 && RandomAccess.Read(file.SafeFileHandle, stackalloc byte[1], 0) != 0;

    // What is about to be replaced by a file must be one: never a device's node, nor a link such as /dev/stdout. Devices and
    // pipes have no length, and none can be given to them; an empty file's is set to what it was.
    private static bool IsMissingOrRegular(string path)
    {
        var file = new FileInfo(path);
        if (file.LinkTarget is not null || Directory.Exists(path))
        {
            return false;
        }

        if (!file.Exists || file.Length > 0)
        {
            return true;
        }

        using var opened = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        try
        {
            opened.SetLength(0);
            return opened.CanSeek;
        }
        catch (Exception e) when (e is IOException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    private static string PartialName(string path) => $"{path}.partial";
}
