namespace Crucible.Storage;

/// <summary>How a file is opened.</summary>
public enum StorageOpenMode
{
    /// <summary>An existing file, to read.</summary>
    Read,

    /// <summary>An existing file, to read and write.</summary>
    ReadWrite,

    /// <summary>To read and write; made if it does not exist. Its name is durable after a sync of its directory.</summary>
    Create,
}

/// <summary>
/// The directory of a region. Names are relative to it, with <c>/</c> between their parts; an empty name is the directory
/// itself. Every failure is a <see cref="StorageException"/> that names the file.
/// </summary>
public interface IStorageDirectory
{
    /// <summary>The directory's path, for messages.</summary>
    string Path { get; }

    /// <summary>Bytes free for an unprivileged writer.</summary>
    long AvailableBytes { get; }

    /// <summary>Opens a file.</summary>
    /// <returns>Null if it does not exist and is not to be made.</returns>
    IStorageFile? Open(string name, StorageOpenMode mode);

    /// <summary>Whether a file or directory of that name exists.</summary>
    bool Exists(string name);

    /// <summary>Names of the entries of a directory, without their path, in ordinal order.</summary>
    IReadOnlyList<string> List(string name);

    /// <summary>Makes one directory; its parent exists. Nothing happens if it exists already.</summary>
    void CreateDirectory(string name);

    /// <summary>Gives a file another name, replacing what bore it: at once, or after a crash not at all.</summary>
    void Rename(string from, string to);

    /// <summary>Removes a file or an empty directory; nothing happens if there is none.</summary>
    void Delete(string name);

    /// <summary>Makes the names in a directory durable: files made, renamed, deleted.</summary>
    void SyncDirectory(string name);

    /// <summary>Locks a file until the result is disposed, or its process ends however it ends.</summary>
    /// <param name="exclusive">One holder alone (the file is made if need be), or shared among readers.</param>
    /// <param name="holder">What the holder wrote into the file about itself, when the lock is taken by another.</param>
    /// <returns>Null if another holds it.</returns>
    IDisposable? TryLock(string name, bool exclusive, out string holder);
}
