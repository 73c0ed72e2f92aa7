namespace Crucible.Storage;

/// <summary>The operating system refused something; the message is one line and names the file.</summary>
public sealed class StorageException : CrucibleException
{
    public StorageException(ErrorCode code, string message)
        : base(message) => Code = code;

    public StorageException(ErrorCode code, string message, Exception inner)
        : base(message, inner) => Code = code;

    /// <summary>What the caller is to answer.</summary>
    public ErrorCode Code { get; }
}

/// <summary>There is no region in the directory.</summary>
public sealed class RegionNotFoundException(string message) : CrucibleException(message);

/// <summary>A region cannot be made here: the directory holds one, or something else.</summary>
public sealed class RegionExistsException(string message) : CrucibleException(message);

/// <summary>The region is open in another process, which the message names.</summary>
public sealed class RegionInUseException(string message) : CrucibleException(message);

/// <summary>The region's files are of a version that this program does not know.</summary>
public sealed class RegionVersionException(string message) : CrucibleException(message);

/// <summary>What the whole region rests on (region.json, both checkpoints) is damaged: it cannot be opened.</summary>
public sealed class RegionCorruptException : CrucibleException
{
    public RegionCorruptException(string message)
        : base(message)
    {
    }

    public RegionCorruptException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
