using System.CommandLine;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Crucible.Tests.Shared;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Crucible.Hosting.Tests;

[Collection(TelemetryCollection.Name)]
public sealed class TelemetrySetupTests : IDisposable
{
    private readonly ActivitySource _source = new("Crucible.Hosting.Tests");

    public void Dispose() => _source.Dispose();

    [Fact]
    public void Without_an_endpoint_nothing_listens()
    {
        using var telemetry = TelemetrySetup.Create("test", new TelemetryOptions());

        Assert.False(_source.HasListeners());
        Assert.Null(_source.StartActivity("guest.write"));
    }

    [Fact]
    public async Task Traces_reach_a_collector_by_otlp_over_grpc()
    {
        await using var collector = await OtlpCollector.StartAsync(HttpProtocols.Http2);

        await CheckAsync(collector, $"http://localhost:{collector.Port}");
    }

    [Fact]
    public async Task Traces_reach_a_collector_by_otlp_over_http()
    {
        await using var collector = await OtlpCollector.StartAsync(HttpProtocols.Http1);

        await CheckAsync(collector, $"http://localhost:{collector.Port}/v1/traces");
    }

    [Fact]
    public void Programs_sources_are_heard_and_others_are_not()
    {
        using var program = new ActivitySource("crucible-upstairs");
        using var other = new ActivitySource("System.Other");
        using var agent = new UdpCapture();
        using var telemetry = TelemetrySetup.Create("test", new TelemetryOptions { TraceEndpoint = $"localhost:{agent.Port}" });

        Assert.True(program.HasListeners());
        Assert.False(other.HasListeners());
    }

    [Fact]
    public void Spans_that_found_no_room_are_counted_and_told_once()
    {
        const int Spans = 60_000;
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var errors = new StringWriter();
        using var loggers = CrucibleLogging.CreateLoggerFactory(new LoggingOptions(), TextWriter.Null, errors, TimeProvider.System);
        var options = new TelemetryOptions { TraceEndpoint = $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/v1/traces" };

        using (TelemetrySetup.Create("test", options, loggers))
        {
            for (var i = 0; i < Spans; i++)
            {
                _source.StartActivity("guest.write")?.Dispose();
            }
        }

        Assert.Single(errors.ToString().Split('\n'), line => line.Contains("were dropped: more came than could be sent", StringComparison.Ordinal));
    }

    [Fact]
    public void A_ratio_of_zero_records_no_trace_of_its_own_but_follows_a_parent_that_is_recorded()
    {
        using var agent = new UdpCapture();
        var options = new TelemetryOptions { TraceEndpoint = $"localhost:{agent.Port}", TraceRatio = 0 };
        using var telemetry = TelemetrySetup.Create("test", options);
        var remote = new ActivityContext(
            ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.Recorded, isRemote: true);

        using var own = _source.StartActivity("own", ActivityKind.Server, default(ActivityContext));
        using var followed = _source.StartActivity("followed", ActivityKind.Server, remote);

        Assert.NotEqual(true, own?.Recorded);
        Assert.True(followed!.Recorded);
    }

    [Fact]
    public void A_collector_that_never_answers_holds_the_end_up_by_no_more_than_two_seconds()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        var telemetry = TelemetrySetup.Create(
            "test", new TelemetryOptions { TraceEndpoint = $"http://127.0.0.1:{port}/v1/traces" });
        _source.StartActivity("lost")!.Dispose();

        var begin = Stopwatch.GetTimestamp();
        telemetry.Dispose();
        var took = Stopwatch.GetElapsedTime(begin);

        // The limit, and what a busy machine may add.
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(3.5));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/v1/traces")]
    public void A_collector_that_is_away_costs_spans_and_one_warning(string path)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var endpoint = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}{path}";
        listener.Stop();
        var warnings = new StringWriter();
        using var loggers = CrucibleLogging.CreateLoggerFactory(
            new LoggingOptions(), TextWriter.Null, warnings, TimeProvider.System);

        using (TelemetrySetup.Create("test", new TelemetryOptions { TraceEndpoint = endpoint }, loggers))
        {
            _source.StartActivity("lost")!.Dispose();
        }

        var line = Assert.Single(warnings.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith($"warning: traces to {endpoint} are being lost: Connection refused", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.5)]
    [InlineData(double.NaN)]
    public void A_ratio_outside_0_to_1_is_an_error_of_usage(double ratio)
    {
        Assert.Throws<UsageException>(() => TelemetrySetup.Create("test", new TelemetryOptions { TraceRatio = ratio }));
    }

    [Fact]
    public void The_command_line_refuses_an_endpoint_that_makes_no_sense()
    {
        var arguments = new TelemetryArguments();
        var root = new RootCommand { new Command("run") };
        arguments.AddTo(root);

        var wrong = root.Parse("run --trace-endpoint localhost");
        var right = root.Parse("run --trace-endpoint localhost:6831 --trace-ratio 0.25");

        var error = Assert.Single(wrong.Errors);
        Assert.StartsWith("trace endpoint 'localhost' has no port", error.Message, StringComparison.Ordinal);
        Assert.Empty(right.Errors);
        Assert.Equal(new TelemetryOptions { TraceEndpoint = "localhost:6831", TraceRatio = 0.25 }, arguments.Bind(right));
    }

    private async Task CheckAsync(OtlpCollector collector, string endpoint)
    {
        Activity root;
        var telemetry = TelemetrySetup.Create("crucible-test", new TelemetryOptions { TraceEndpoint = endpoint });
        using (root = _source.StartActivity("guest.write")!)
        {
            _source.StartActivity("upstairs.send")!.Dispose();
        }

        // Its flush waits for the collector's answer.
        await Task.Run(telemetry.Dispose);

        var trace = root.TraceId.ToHexString();
        Assert.Equal(
            [
                ("crucible-test", _source.Name, "guest.write", trace, ""),
                ("crucible-test", _source.Name, "upstairs.send", trace, root.SpanId.ToHexString()),
            ],
            collector.Spans().OrderBy(span => span.Name));
    }
}
