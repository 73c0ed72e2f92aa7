using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using OpenTelemetry;

namespace Crucible.Hosting;

/// <summary>
/// Sends finished activities to a Jaeger agent by UDP, as Thrift compact. Called by one thread at a time; never throws, for
/// traces must not disturb what they watch: what is lost is counted and said once.
/// </summary>
/// <param name="agent">Its host is looked up at the first export, and again after a failure.</param>
/// <param name="logger">Gets the warnings, one of each kind.</param>
/// <param name="maxPacketBytes">Below the 65,507 bytes that UDP over IPv4 can carry, and what the agent's buffer takes.</param>
internal sealed class JaegerUdpExporter(
    JaegerAgentEndpoint agent, ILogger logger, int maxPacketBytes = JaegerUdpExporter.DefaultMaxPacketBytes)
    : BaseExporter<Activity>
{
    /// <summary>The agent's own limit for a packet.</summary>
    public const int DefaultMaxPacketBytes = 65_000;

    private readonly ThriftCompactWriter _span = new();
    private JaegerPacket? _packet;
    private Socket? _socket;
    private bool _warnedOfLoss;
    private bool _warnedOfSize;

    /// <summary>Spans that could not be sent.</summary>
    public long LostSpans { get; private set; }

    /// <summary>Spans that do not fit into a packet even alone.</summary>
    public long TooLargeSpans { get; private set; }

    /// <inheritdoc/>
    public override ExportResult Export(in Batch<Activity> batch)
    {
        // What the exporter does is not to be traced itself.
        using var scope = SuppressInstrumentationScope.Begin();
        var lost = LostSpans + TooLargeSpans;
        _packet ??= Describe();
        foreach (var activity in batch)
        {
            Add(_packet, activity);
        }

        Send(_packet);
        return LostSpans + TooLargeSpans == lost ? ExportResult.Success : ExportResult.Failure;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _socket?.Dispose();
        }

        base.Dispose(disposing);
    }

    private JaegerPacket Describe()
    {
        const string NameKey = "service.name";
        var attributes = ParentProvider?.GetResource().Attributes.ToList() ?? [];
        var name = attributes.Find(attribute => attribute.Key == NameKey).Value as string ?? "crucible";
        attributes.RemoveAll(attribute => attribute.Key == NameKey);
        return new JaegerPacket(name, attributes, maxPacketBytes);
    }

    private void Add(JaegerPacket packet, Activity activity)
    {
        _span.Clear();
        JaegerModel.WriteSpan(_span, activity);
        if (packet.TryAdd(_span.Written))
        {
            return;
        }

        Send(packet);
        if (packet.TryAdd(_span.Written))
        {
            return;
        }

        TooLargeSpans++;
        if (!_warnedOfSize)
        {
            _warnedOfSize = true;
            logger.SpanTooLarge(_span.Written.Length, agent.Text);
        }
    }

    private void Send(JaegerPacket packet)
    {
        if (packet.IsEmpty)
        {
            return;
        }

        var datagram = packet.Finish(out var spans);
        try
        {
            _socket ??= Connect();
            _socket.Send(datagram);
        }
        catch (Exception exception) when (exception is SocketException or ArgumentException)
        {
            // An agent that does not listen shows in the send after the one that it missed: count this one for that one.
            _socket?.Dispose();
            _socket = null;
            LostSpans += spans;
            if (!_warnedOfLoss)
            {
                _warnedOfLoss = true;
                logger.TracesLost(agent.Text, OneLine.Of(exception.Message));
            }
        }
    }

    private Socket Connect()
    {
        var addresses = Dns.GetHostAddresses(agent.Host);

        // Agents listen on IPv4 at least; "localhost" often names the IPv6 address first.
        var address = addresses.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses.FirstOrDefault()
            ?? throw new SocketException((int)SocketError.HostNotFound);
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            socket.Connect(new IPEndPoint(address, agent.Port));
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose();
            throw;
        }
    }
}
