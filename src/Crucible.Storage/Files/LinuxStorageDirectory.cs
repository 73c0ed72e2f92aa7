using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Crucible.Storage;

/// <summary>A real directory on Linux.</summary>
public sealed class LinuxStorageDirectory : IStorageDirectory
{
    private const int FileMode = 0x1A4; // rw-r--r--
    private const int DirectoryMode = 0x1ED; // rwxr-xr-x
    private const int MaxHolderBytes = 64;
    private const int LockTries = 20;
    private const int LockRetryMilliseconds = 10;

    /// <param name="path">An absolute or relative path; the directory need not exist yet.</param>
    public LinuxStorageDirectory(string path) => Path = System.IO.Path.GetFullPath(path);

    public string Path { get; }

    public long AvailableBytes
    {
        get
        {
            try
            {
                return new DriveInfo(Path).AvailableFreeSpace;
            }
            catch (IOException e)
            {
                throw new StorageException(ErrorCode.IoError, $"cannot tell the free space of {Path}: {e.Message}", e);
            }
        }
    }

    /// <summary>Makes the directory and its parents where they are missing, durably.</summary>
    /// <exception cref="StorageException">The system refused.</exception>
    public void CreateSelf()
    {
        var missing = new Stack<string>();
        for (var path = Path; path is not null && !Directory.Exists(path); path = System.IO.Path.GetDirectoryName(path))
        {
            missing.Push(path);
        }

        foreach (var path in missing)
        {
            MakeDirectory(path);
            Sync(System.IO.Path.GetDirectoryName(path) ?? path);
        }
    }

    public IStorageFile? Open(string name, StorageOpenMode mode)
    {
        var path = Full(name);
        var handle = OpenHandle(path, mode switch
        {
            StorageOpenMode.Read => LinuxCalls.OpenReadOnly,
            StorageOpenMode.ReadWrite => LinuxCalls.OpenReadWrite,
            _ => LinuxCalls.OpenReadWrite | LinuxCalls.OpenCreate,
        });
        if (handle is null)
        {
            return null;
        }

        LinuxCalls.AdviseRandomAccess(handle);
        return new LinuxStorageFile(handle, path);
    }

    public bool Exists(string name) => LinuxCalls.Access(Full(name), 0) == 0;

    public IReadOnlyList<string> List(string name)
    {
        try
        {
            var names = Directory.EnumerateFileSystemEntries(Full(name)).Select(e => System.IO.Path.GetFileName(e)).ToList();
            names.Sort(StringComparer.Ordinal);
            return names;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(ErrorCode.IoError, $"cannot list {Full(name)}: {e.Message}", e);
        }
    }

    public void CreateDirectory(string name) => MakeDirectory(Full(name));

    public void Rename(string from, string to)
    {
        if (LinuxCalls.Rename(Full(from), Full(to)) != 0)
        {
            throw LinuxErrors.Last("cannot rename", Full(from));
        }
    }

    public void Delete(string name)
    {
        if (LinuxCalls.Remove(Full(name)) != 0 && Marshal.GetLastPInvokeError() != LinuxCalls.ErrorNotFound)
        {
            throw LinuxErrors.Last("cannot delete", Full(name));
        }
    }

    public void SyncDirectory(string name) => Sync(Full(name));

    public IDisposable? TryLock(string name, bool exclusive, out string holder)
    {
        holder = "";
        var path = Full(name);
        var handle = OpenHandle(path, exclusive ? LinuxCalls.OpenReadWrite | LinuxCalls.OpenCreate : LinuxCalls.OpenReadOnly);
        if (handle is null)
        {
            // A copy of a region without its lock file: nobody can hold it.
            return new MemoryStream([], writable: false);
        }

        var operation = (exclusive ? LinuxCalls.LockExclusive : LinuxCalls.LockShared) | LinuxCalls.LockNonBlocking;
        var taken = LinuxCalls.Lock(handle, operation);
        for (var tries = 1; taken != 0 && Marshal.GetLastPInvokeError() == LinuxCalls.ErrorAgain && tries < LockTries; tries++)
        {
            // A process that is just being started holds a copy of every descriptor of its parent's for some milliseconds,
            // and with it a lock that the parent has let go of.
            Thread.Sleep(LockRetryMilliseconds);
            taken = LinuxCalls.Lock(handle, operation);
        }

        if (taken == 0)
        {
            if (exclusive)
            {
                WriteHolder(handle, path);
            }

            return handle;
        }

        var error = Marshal.GetLastPInvokeError();
        using (handle)
        {
            if (error != LinuxCalls.ErrorAgain)
            {
                throw LinuxErrors.Of(error, "cannot lock", path);
            }

            holder = ReadHolder(handle, path);
            return null;
        }
    }

    private static SafeFileHandle? OpenHandle(string path, int flags)
    {
        int descriptor;
        while ((descriptor = LinuxCalls.Open(path, flags | LinuxCalls.OpenCloseOnExec, FileMode)) < 0)
        {
            switch (Marshal.GetLastPInvokeError())
            {
                case LinuxCalls.ErrorInterrupted:
                    break;
                case LinuxCalls.ErrorNotFound or LinuxCalls.ErrorNotDirectory when (flags & LinuxCalls.OpenCreate) == 0:
                    return null;
                default:
                    throw LinuxErrors.Last("cannot open", path);
            }
        }

        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static void WriteHolder(SafeFileHandle handle, string path)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"pid {Environment.ProcessId}\n");
        var file = new LinuxStorageFile(handle, path);
        file.SetLength(0);
        file.Write(0, Encoding.UTF8.GetBytes(text));
    }

    private static string ReadHolder(SafeFileHandle handle, string path)
    {
        Span<byte> bytes = stackalloc byte[MaxHolderBytes];
        var read = new LinuxStorageFile(handle, path).Read(0, bytes);
        var text = Encoding.UTF8.GetString(bytes[..read]).Trim();
        return text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == ' ') ? text : "another process";
    }

    private static void MakeDirectory(string path)
    {
        if (LinuxCalls.MakeDirectory(path, DirectoryMode) != 0
            && Marshal.GetLastPInvokeError() != LinuxCalls.ErrorExists)
        {
            throw LinuxErrors.Last("cannot make directory", path);
        }
    }

    private static void Sync(string path)
    {
        var handle = OpenHandle(path, LinuxCalls.OpenReadOnly | LinuxCalls.OpenDirectory)
            ?? throw LinuxErrors.Of(LinuxCalls.ErrorNotFound, "cannot sync", path);
        using (handle)
        {
            if (LinuxCalls.Sync(handle) != 0)
            {
                throw LinuxErrors.Last("cannot sync", path);
            }
        }
    }

    private string Full(string name) => name.Length == 0 ? Path : $"{Path}/{name}";
}
