using System.Diagnostics.Metrics;
using Crucible.Nbd;

namespace Crucible.Upstairs.Program;

/// <summary>The instruments of a server: asked when somebody looks, they cost nothing otherwise.</summary>
internal sealed class NbdMetrics : IDisposable
{
    private readonly Meter _meter = new("Crucible.Nbd");

    public NbdMetrics(NbdServer server)
    {
        _meter.CreateObservableUpDownCounter(
            "crucible.nbd.connections", () => server.GetStatus().Connections.Count, "{connection}", "Connections.");
        _meter.CreateObservableUpDownCounter(
            "crucible.nbd.in_flight", () => server.GetStatus().BytesInFlight, "By", "Bytes held for requests and replies.");
        _meter.CreateObservableUpDownCounter(
            "crucible.nbd.requests.in_flight",
            () => server.GetStatus().Connections.Sum(connection => connection.RequestsInFlight), "{request}", "Requests that are not answered.");
        Counter("crucible.nbd.accepted", "{connection}", "Connections accepted.", () => server.GetStatus().Accepted);
        Counter("crucible.nbd.refused", "{connection}", "Connections closed at once, for there were too many.", () => server.GetStatus().Refused);
        Counter("crucible.nbd.handshakes.failed", "{connection}", "Connections that ended before they used an export.", () => server.GetStatus().HandshakesFailed);
        Counter("crucible.nbd.dropped", "{connection}", "Connections closed because the client took none of its replies.", () => server.GetStatus().Dropped);
        Counter("crucible.nbd.errors", "{request}", "Requests that failed.", () => server.GetStatus().Totals.Errors);
        Counter("crucible.nbd.read", "By", "Bytes that clients read.", () => server.GetStatus().Totals.ReadBytes);
        Counter("crucible.nbd.written", "By", "Bytes that clients wrote.", () => server.GetStatus().Totals.WrittenBytes);
        _meter.CreateObservableCounter("crucible.nbd.requests", () => Requests(server.GetStatus().Totals), "{request}", "Requests answered.");
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Requests(NbdTotals totals) =>
    [
        Of(totals.Reads, "read"), Of(totals.Writes, "write"), Of(totals.Flushes, "flush"), Of(totals.Others, "other"),
    ];

    private static Measurement<long> Of(long value, string operation) => new(value, new KeyValuePair<string, object?>("operation", operation));

    private void Counter(string name, string unit, string description, Func<long> look) =>
        _meter.CreateObservableCounter(name, look, unit, description);
}
