using Crucible.Hosting;
using Crucible.Nbd;

namespace Crucible.Upstairs.Program;

/// <summary>What the server knows, as the document that <c>/info</c> holds of it.</summary>
internal static class NbdReports
{
    public static NbdServerInfo Of(NbdServer server, OpenVolumes volumes)
    {
        var status = server.GetStatus();
        return new NbdServerInfo
        {
            Exports = [.. volumes.All.Select(one => Of(one.Export, one.Volume))],
            Connections = [.. status.Connections.Select(Of)],
            BytesInFlight = status.BytesInFlight,
            Accepted = status.Accepted,
            Refused = status.Refused,
            HandshakesFailed = status.HandshakesFailed,
            Dropped = status.Dropped,
            Requests = Of(status.Totals),
        };
    }

    private static NbdServedExport Of(NbdExport export, Volume volume) => new(
        export.Name, export.Description, export.ReadOnly, volume.Id.Value, volume.SizeBytes, volume.Generation.Value,
        VolumeReports.WordOf(volume.GetStatus().State));

    private static NbdClientInfo Of(NbdConnectionStatus connection) => new(
        connection.Id, connection.Peer, connection.Export, connection.Tls, connection.Since,
        connection.RequestsInFlight, connection.BytesInFlight, Of(connection.Totals));

    private static NbdRequestCounts Of(in NbdTotals totals) => new(
        totals.Reads, totals.Writes, totals.Flushes, totals.Others, totals.Errors, totals.ReadBytes, totals.WrittenBytes);
}
