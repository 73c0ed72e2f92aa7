using Crucible.Upstairs;

namespace Crucible.Nbd;

/// <summary>A volume that clients can use, and how they see it.</summary>
public sealed record NbdExport
{
    /// <summary>By which clients ask for it, at most 4096 bytes of UTF-8; empty: what is served to who asks for no name.</summary>
    public required string Name { get; init; }

    /// <summary>A line for people, at most 4096 bytes of UTF-8.</summary>
    public string Description { get; init; } = string.Empty;

    /// <summary>
    /// The volume; the caller opens it, and disposes it after the server. It may be behind several exports. One opened with
    /// <see cref="VolumeOptions.InlineCompletions"/> is faster by a thread hop a request: the server never blocks in one.
    /// </summary>
    public required Volume Volume { get; init; }

    /// <summary>Refuse writes. A volume that was opened to be read only is exported so in any case.</summary>
    public bool ReadOnly { get; init; }
}
