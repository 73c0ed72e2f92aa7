namespace Crucible.Hosting;

/// <summary>What an NBD server tells of itself.</summary>
public sealed record NbdServerInfo
{
    /// <summary>The exports, in the order in which they are listed.</summary>
    public required IReadOnlyList<NbdServedExport> Exports { get; init; }

    /// <summary>The connections, oldest first.</summary>
    public required IReadOnlyList<NbdClientInfo> Connections { get; init; }

    /// <summary>Bytes held for requests and replies.</summary>
    public required long BytesInFlight { get; init; }

    /// <summary>Connections accepted since it began.</summary>
    public required long Accepted { get; init; }

    /// <summary>Connections closed at once, for there were too many.</summary>
    public required long Refused { get; init; }

    /// <summary>Connections that ended before they used an export.</summary>
    public required long HandshakesFailed { get; init; }

    /// <summary>Connections closed because the client took none of its replies.</summary>
    public required long Dropped { get; init; }

    /// <summary>What was done, ended connections included.</summary>
    public required NbdRequestCounts Requests { get; init; }
}

/// <summary>One export.</summary>
/// <param name="Name">By which clients ask for it.</param>
/// <param name="Description">A line for people.</param>
/// <param name="ReadOnly">Whether writes are refused.</param>
/// <param name="Volume">Which volume.</param>
/// <param name="SizeBytes">Its bytes.</param>
/// <param name="Generation">The generation under which it is written; 0 where it is only read.</param>
/// <param name="State"><c>active</c> while it answers.</param>
public sealed record NbdServedExport(
    string Name, string Description, bool ReadOnly, Guid Volume, long SizeBytes, ulong Generation, string State);

/// <summary>One connection.</summary>
/// <param name="Id">Its number, from 1, never used again.</param>
/// <param name="Peer">An address, or <c>unix</c>.</param>
/// <param name="Export">The export's name; null during the handshake.</param>
/// <param name="Tls">Whether it is encrypted.</param>
/// <param name="Since">Since when.</param>
/// <param name="RequestsInFlight">Requests that are not answered.</param>
/// <param name="BytesInFlight">Bytes held for them.</param>
/// <param name="Requests">What was done.</param>
public sealed record NbdClientInfo(
    long Id, string Peer, string? Export, bool Tls, DateTimeOffset Since, int RequestsInFlight, long BytesInFlight, NbdRequestCounts Requests);

/// <summary>Requests that were answered.</summary>
/// <param name="Reads">Reads.</param>
/// <param name="Writes">Writes.</param>
/// <param name="Flushes">Flushes.</param>
/// <param name="Others">Others.</param>
/// <param name="Errors">Of all these, how many failed.</param>
/// <param name="ReadBytes">Bytes read.</param>
/// <param name="WrittenBytes">Bytes written.</param>
public sealed record NbdRequestCounts(
    long Reads, long Writes, long Flushes, long Others, long Errors, long ReadBytes, long WrittenBytes);
