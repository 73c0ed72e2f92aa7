using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crucible.Nbd;

/// <summary>What an <see cref="NbdServer"/> serves, and its limits. Checked once, when the server is made.</summary>
public sealed record NbdServerOptions
{
    /// <summary>The exports, in the order in which they are listed; at least one.</summary>
    public required IReadOnlyList<NbdExport> Exports { get; init; }

    /// <summary>The name of the export served to who asks for the empty name; null: the one whose name is empty, if any.</summary>
    public string? DefaultExport { get; init; }

    /// <summary>Most connections at a time; a further one is closed at once. Each costs a thread and 64 KiB.</summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>
    /// Most bytes of requests and replies held at a time, over all connections, at least 1 MiB; a request beyond it waits.
    /// One connection gets at most an eighth of it, or the longest request. A small request of a connection that has none
    /// under way does not wait, so that no number of stuck clients stops the others.
    /// </summary>
    public long MaxBytesInFlight { get; init; } = 512L << 20;

    /// <summary>A client that uses no export after so long is closed.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A client that has replies waiting and takes not a byte for so long is closed, for it holds its share of the bytes in
    /// flight; zero: never. One that reads slowly stays. The default lets one that lost its network for as long as a switch
    /// needs to start go on where it was.
    /// </summary>
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How TLS is spoken; null: not at all.</summary>
    public NbdTlsOptions? Tls { get; init; }

    /// <summary>Where payloads live while they are under way.</summary>
    public BlockBufferPool Pool { get; init; } = BlockBufferPool.Shared;

    /// <summary>Where the server logs.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
