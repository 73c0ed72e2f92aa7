using System.Globalization;

namespace Crucible.Upstairs.Program;

/// <summary>A file that names this process while it serves.</summary>
internal sealed class PidFile : IDisposable
{
    private readonly string _path;
    private readonly string _content = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}\n");

    /// <summary>Writes it, whole from its first moment.</summary>
    /// <exception cref="CommandFailedException">It can't be written.</exception>
    public PidFile(string path)
    {
        _path = Path.GetFullPath(path);
        var partial = $"{_path}.partial";
        try
        {
            File.WriteAllText(partial, _content);
            File.Move(partial, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(partial);
            throw new CommandFailedException($"the pid file {path} can't be written: {e.Message}");
        }
    }

    /// <summary>Removes it, unless it names another process by now.</summary>
    public void Dispose()
    {
        try
        {
            if (File.ReadAllText(_path) == _content)
            {
                File.Delete(_path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody has taken it away: there is nothing left to remove.
        }
    }
}
