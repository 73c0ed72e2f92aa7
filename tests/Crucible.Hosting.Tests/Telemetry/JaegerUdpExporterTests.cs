using System.Diagnostics;
using System.Text.Json;
using Crucible.Tests.Shared;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OpenTelemetry;
using OpenTelemetry.Trace;

namespace Crucible.Hosting.Tests;

[Collection(TelemetryCollection.Name)]
public sealed class JaegerUdpExporterTests : IDisposable
{
    private readonly ActivitySource _source = new("Crucible.Hosting.Tests");
    private readonly UdpCapture _agent = new();

    public void Dispose()
    {
        _source.Dispose();
        _agent.Dispose();
    }

    [RequiresPythonModuleFact("thrift")]
    public void A_trace_arrives_with_its_names_ids_parents_and_times()
    {
        Activity root, child;
        using (Setup())
        {
            using (root = _source.StartActivity("guest.write")!)
            {
                using (child = _source.StartActivity("upstairs.send", ActivityKind.Client)!)
                {
                    child.SetEndTime(child.StartTimeUtc.AddMilliseconds(12.5));
                }

                root.SetEndTime(root.StartTimeUtc.AddSeconds(3));
            }
        }

        var spans = ThriftDecoder.DecodeSpans(_agent.TakeAll()).ToDictionary(span => span.GetProperty("5").GetString()!);

        Assert.Equal(["guest.write", "upstairs.send"], spans.Keys.Order());
        Assert.All(spans.Values, span => Assert.Equal(root.TraceId.ToHexString(), Hex(span, "2") + Hex(span, "1")));
        Assert.All(spans.Values, span => Assert.Equal(1, span.GetProperty("7").GetInt32()));
        var (outer, inner) = (spans["guest.write"], spans["upstairs.send"]);
        Assert.Equal(root.SpanId.ToHexString(), Hex(outer, "3"));
        Assert.Equal(0, outer.GetProperty("4").GetInt64());
        Assert.Equal(child.SpanId.ToHexString(), Hex(inner, "3"));
        Assert.Equal(root.SpanId.ToHexString(), Hex(inner, "4"));
        Assert.Equal((child.StartTimeUtc - DateTime.UnixEpoch).Ticks / 10, inner.GetProperty("8").GetInt64());
        Assert.Equal(12_500, inner.GetProperty("9").GetInt64());
        Assert.Equal(3_000_000, outer.GetProperty("9").GetInt64());
    }

    [RequiresPythonModuleFact("thrift")]
    public void Tags_keep_their_types_and_status_kind_and_events_are_told()
    {
        using (Setup())
        {
            using var activity = _source.StartActivity("downstairs.write", ActivityKind.Server)!;
            activity.SetTag("replica", 2).SetTag("operation", "write").SetTag("encrypted", false).SetTag("late", true)
                .SetTag("load", 0.75).SetTag("digest", new byte[] { 0xFF, 0x00 }).SetTag("long", long.MinValue)
                .SetTag("text", "µ…😀");
            activity.AddEvent(new ActivityEvent("journaled", tags: new() { ["bytes"] = 4096L }));
            activity.AddLink(new ActivityLink(new ActivityContext(
                ActivityTraceId.CreateFromString("0123456789abcdeffedcba9876543210"),
                ActivitySpanId.CreateFromString("8899aabbccddeeff"),
                ActivityTraceFlags.Recorded)));
            activity.SetStatus(ActivityStatusCode.Error, "no space left");
        }

        var span = Assert.Single(ThriftDecoder.DecodeSpans(_agent.TakeAll()));

        var tags = ThriftDecoder.Tags(span.GetProperty("10"));
        Assert.Equal((3, 2), (tags["replica"].Type, tags["replica"].Value.GetInt32()));
        Assert.Equal((0, "write"), Text(tags["operation"]));
        Assert.Equal((2, false), (tags["encrypted"].Type, tags["encrypted"].Value.GetBoolean()));
        Assert.Equal((2, true), (tags["late"].Type, tags["late"].Value.GetBoolean()));
        Assert.Equal((1, 0.75), (tags["load"].Type, tags["load"].Value.GetDouble()));
        Assert.Equal((4, "ff00"), (tags["digest"].Type, tags["digest"].Value.GetProperty("hex").GetString()));
        Assert.Equal((3, long.MinValue), (tags["long"].Type, tags["long"].Value.GetInt64()));
        Assert.Equal((0, "µ…😀"), Text(tags["text"]));
        Assert.Equal((0, "server"), Text(tags["span.kind"]));
        Assert.Equal((0, "ERROR"), Text(tags["otel.status_code"]));
        Assert.Equal((0, "no space left"), Text(tags["otel.status_description"]));
        Assert.Equal((2, true), (tags["error"].Type, tags["error"].Value.GetBoolean()));
        Assert.Equal((0, _source.Name), Text(tags["otel.scope.name"]));

        var log = Assert.Single(span.GetProperty("11").EnumerateArray());
        var fields = ThriftDecoder.Tags(log.GetProperty("2"));
        Assert.Equal((0, "journaled"), Text(fields["event"]));
        Assert.Equal(4096, fields["bytes"].Value.GetInt64());
        Assert.True(log.GetProperty("1").GetInt64() >= span.GetProperty("8").GetInt64());

        var reference = Assert.Single(span.GetProperty("6").EnumerateArray());
        Assert.Equal("0123456789abcdeffedcba9876543210", Hex(reference, "3") + Hex(reference, "2"));
        Assert.Equal("8899aabbccddeeff", Hex(reference, "4"));
    }

    [RequiresPythonModuleFact("thrift")]
    public void Every_packet_names_the_service_and_its_process()
    {
        using (Setup())
        {
            _source.StartActivity("x")!.Dispose();
        }

        var process = Assert.Single(ThriftDecoder.DecodeBatches(_agent.TakeAll())).GetProperty("1");

        Assert.Equal("crucible-test", process.GetProperty("1").GetString());
        var tags = ThriftDecoder.Tags(process.GetProperty("2"));
        Assert.Equal(Environment.ProcessId, tags["process.pid"].Value.GetInt32());
        Assert.Equal(Environment.MachineName, tags["host.name"].Value.GetString());
    }

    [RequiresPythonModuleFact("thrift")]
    public void Many_small_spans_travel_in_one_packet()
    {
        using (var provider = Provider(Exporter(_agent.Port, NullLogger.Instance, JaegerUdpExporter.DefaultMaxPacketBytes)))
        {
            for (var i = 0; i < 200; i++)
            {
                _source.StartActivity("small")!.Dispose();
            }

            provider.Shutdown();
        }

        var batch = Assert.Single(ThriftDecoder.DecodeBatches(_agent.TakeAll()));

        Assert.Equal(200, batch.GetProperty("2").GetArrayLength());
    }

    [RequiresPythonModuleFact("thrift")]
    public void Packets_stay_below_their_limit_and_together_hold_every_span_but_the_one_too_large()
    {
        const int Limit = 1200;
        using var exporter = Exporter(_agent.Port, NullLogger.Instance, Limit);
        using (var provider = Provider(exporter))
        {
            for (var i = 0; i < 100; i++)
            {
                using var activity = _source.StartActivity($"span-{i:000}")!;
                activity.SetTag("padding", new string('x', i == 50 ? Limit : i));
            }

            provider.Shutdown();
        }

        var datagrams = _agent.TakeAll();
        var names = ThriftDecoder.DecodeSpans(datagrams).Select(span => span.GetProperty("5").GetString());

        Assert.All(datagrams, datagram => Assert.True(datagram.Length <= Limit, $"{datagram.Length} bytes"));
        Assert.True(datagrams.Count > 10, $"{datagrams.Count} packets");
        Assert.Equal(Enumerable.Range(0, 100).Where(i => i != 50).Select(i => $"span-{i:000}"), names);
        Assert.Equal(1, exporter.TooLargeSpans);
        Assert.Equal(0, exporter.LostSpans);
    }

    [Fact]
    public void An_agent_that_is_away_costs_spans_and_one_warning()
    {
        var port = _agent.Port;
        _agent.Dispose();
        var warnings = new StringWriter();
        using var loggers = CrucibleLogging.CreateLoggerFactory(
            new LoggingOptions(), TextWriter.Null, warnings, TimeProvider.System);
        using var exporter = Exporter(port, loggers.CreateLogger("Test"), JaegerUdpExporter.DefaultMaxPacketBytes);
        using (var provider = Provider(exporter))
        {
            for (var i = 0; i < 6; i++)
            {
                _source.StartActivity("lost")!.Dispose();
                provider.ForceFlush();
            }
        }

        Assert.InRange(exporter.LostSpans, 1, 6);
        var line = Assert.Single(warnings.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith($"warning: traces to 127.0.0.1:{port} are being lost: ", line, StringComparison.Ordinal);
    }

    private TelemetrySetup Setup() =>
        TelemetrySetup.Create("crucible-test", new TelemetryOptions { TraceEndpoint = $"localhost:{_agent.Port}" });

    private static JaegerUdpExporter Exporter(int port, ILogger logger, int limit) =>
        new(new JaegerAgentEndpoint($"127.0.0.1:{port}", "127.0.0.1", port), logger, limit);

    private TracerProvider Provider(JaegerUdpExporter exporter) => Sdk.CreateTracerProviderBuilder()
        .AddSource(_source.Name)
        .AddProcessor(new BatchActivityExportProcessor(exporter))
        .Build();

    private static string Hex(JsonElement element, string field) =>
        element.GetProperty(field).GetInt64().ToString("x16", System.Globalization.CultureInfo.InvariantCulture);

    private static (int Type, string? Text) Text((int Type, JsonElement Value) tag) => (tag.Type, tag.Value.GetString());
}
