using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Crucible.Hosting.Tests;

/// <summary>A collector of one trace, by gRPC or HTTP, that keeps the protobuf messages it was sent.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private const int GrpcFrameHead = 5;

    private readonly WebApplication _app;

    private OtlpCollector(HttpProtocols protocols)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = protocols));
        _app = builder.Build();
        _app.MapPost("/opentelemetry.proto.collector.trace.v1.TraceService/Export", TakeGrpcAsync);
        _app.MapPost("/v1/traces", TakeHttpAsync);
    }

    public ConcurrentQueue<byte[]> Requests { get; } = [];

    public int Port => new Uri(_app.Urls.Single()).Port;

    public static async Task<OtlpCollector> StartAsync(HttpProtocols protocols)
    {
        var collector = new OtlpCollector(protocols);
        await collector._app.StartAsync();
        return collector;
    }

    /// <summary>Service name, scope, span name, trace id and parent id of every span, by OTLP's field numbers.</summary>
    public List<(string Service, string Scope, string Name, string Trace, string Parent)> Spans() =>
    [
        .. from request in Requests
           from resourceSpans in new ProtobufReader(request).Messages(1)
           let attributes = resourceSpans.Messages(1).Single().Messages(1)
           let service = attributes.Single(a => a.Text(1) == "service.name").Messages(2).Single().Text(1)
           from scopeSpans in resourceSpans.Messages(2)
           let scope = scopeSpans.Messages(1).Single().Text(1)
           from span in scopeSpans.Messages(2)
           select (service, scope, span.Text(5)!, Hex(span.Bytes(1)), Hex(span.Bytes(4))),
    ];

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static string Hex(byte[]? bytes) => Convert.ToHexStringLower(bytes ?? []);

    private async Task TakeGrpcAsync(HttpContext context)
    {
        var frame = await ReadAsync(context);
        Requests.Enqueue(frame[GrpcFrameHead..]);
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(new byte[GrpcFrameHead]);
        context.Response.AppendTrailer("grpc-status", 0.ToString(CultureInfo.InvariantCulture));
    }

    private async Task TakeHttpAsync(HttpContext context)
    {
        Requests.Enqueue(await ReadAsync(context));
        context.Response.ContentType = "application/x-protobuf";
    }

    private static async Task<byte[]> ReadAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        return body.ToArray();
    }
}
