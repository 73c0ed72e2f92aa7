namespace Crucible.Nbd;

/// <summary>How a server is at one moment.</summary>
/// <param name="Connections">The connections, oldest first.</param>
/// <param name="BytesInFlight">Bytes held for requests and replies.</param>
/// <param name="Accepted">Connections accepted since it began.</param>
/// <param name="Refused">Connections closed at once, for there were too many.</param>
/// <param name="HandshakesFailed">Connections that ended before they used an export, except those that wanted to.</param>
/// <param name="Dropped">Connections closed because the client took none of its replies.</param>
/// <param name="Totals">What was done, ended connections included.</param>
public sealed record NbdServerStatus(
    IReadOnlyList<NbdConnectionStatus> Connections, long BytesInFlight, long Accepted, long Refused, long HandshakesFailed, long Dropped, NbdTotals Totals);

/// <summary>How a connection is at one moment.</summary>
/// <param name="Id">Its number, from 1, never used again.</param>
/// <param name="Peer">Who: an address, or "unix".</param>
/// <param name="Export">The export's name; null during the handshake.</param>
/// <param name="Tls">Whether it is encrypted.</param>
/// <param name="Since">Since when, by the system's clock.</param>
/// <param name="RequestsInFlight">Requests whose reply has not left.</param>
/// <param name="BytesInFlight">Bytes held for them.</param>
/// <param name="Totals">What was done.</param>
public sealed record NbdConnectionStatus(
    long Id, string Peer, string? Export, bool Tls, DateTimeOffset Since, int RequestsInFlight, long BytesInFlight, NbdTotals Totals);

/// <summary>What was done since the beginning.</summary>
/// <param name="Reads">Reads answered.</param>
/// <param name="Writes">Writes answered.</param>
/// <param name="Flushes">Flushes answered.</param>
/// <param name="Others">Other requests answered.</param>
/// <param name="Errors">Of all these, how many failed.</param>
/// <param name="ReadBytes">Bytes read by them.</param>
/// <param name="WrittenBytes">Bytes written by them.</param>
public readonly record struct NbdTotals(
    long Reads, long Writes, long Flushes, long Others, long Errors, long ReadBytes, long WrittenBytes)
{
    /// <summary>Both together.</summary>
    public static NbdTotals operator +(in NbdTotals a, in NbdTotals b) => new(
        a.Reads + b.Reads, a.Writes + b.Writes, a.Flushes + b.Flushes, a.Others + b.Others, a.Errors + b.Errors,
        a.ReadBytes + b.ReadBytes, a.WrittenBytes + b.WrittenBytes);

    internal NbdTotals With(in NbdRequest request, bool failed)
    {
        var totals = request.Command switch
        {
            NbdCommand.Read => this with { Reads = Reads + 1, ReadBytes = ReadBytes + (failed ? 0 : (long)request.Length) },
            NbdCommand.Write => this with { Writes = Writes + 1, WrittenBytes = WrittenBytes + (failed ? 0 : (long)request.Length) },
            NbdCommand.Flush => this with { Flushes = Flushes + 1 },
            _ => this with { Others = Others + 1 },
        };
        return failed ? totals with { Errors = Errors + 1 } : totals;
    }
}
