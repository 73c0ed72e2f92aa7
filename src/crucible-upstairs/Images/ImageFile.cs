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
            if (file.CanSeek)
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
            if (Directory.Exists(path) || (File.Exists(path) && (File.GetAttributes(path) & FileAttributes.Device) != 0))
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

    private static string PartialName(string path) => $"{path}.partial";
}
