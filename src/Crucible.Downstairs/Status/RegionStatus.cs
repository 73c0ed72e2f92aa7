using System.Net;
using Crucible.Storage;

namespace Crucible.Downstairs;

/// <summary>How a region that is served is at one moment.</summary>
/// <param name="Region">Which region.</param>
/// <param name="Definition">Its geometry.</param>
/// <param name="ReadOnly">Only readers are served.</param>
/// <param name="State">What it knows about itself.</param>
/// <param name="FaultCause">Why it takes no further job; null while it does.</param>
/// <param name="JournalBytesUsed">Bytes of journal not yet applied.</param>
/// <param name="JournalBytes">Bytes of journal in all.</param>
/// <param name="DamagedExtents">Extents in which damage was found.</param>
/// <param name="Connections">Who is connected.</param>
public sealed record RegionStatus(
    RegionId Region,
    RegionDefinition Definition,
    bool ReadOnly,
    RegionState State,
    string? FaultCause,
    ulong JournalBytesUsed,
    ulong JournalBytes,
    long DamagedExtents,
    IReadOnlyList<ConnectionStatus> Connections);

/// <summary>A connection at one moment.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Peer">The other end; null where it is gone already.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Session">The activation that greeted; empty before.</param>
/// <param name="Generation">The generation it took over with; none before.</param>
/// <param name="Since">When it was made.</param>
public sealed record ConnectionStatus(
    ConnectionId Id, EndPoint? Peer, ConnectionState State, SessionId Session, Generation Generation, DateTimeOffset Since);
