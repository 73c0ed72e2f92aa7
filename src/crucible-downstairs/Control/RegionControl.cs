using System.Diagnostics;
using Crucible.Hosting;
using Microsoft.Extensions.Logging;

namespace Crucible.Downstairs.Program;

/// <summary>The control endpoints of a daemon; they are there before its region is open.</summary>
internal sealed class RegionControl : IAsyncDisposable
{
    private readonly MetricsExporter _metrics = new();
    private readonly string _data;
    private ControlServer? _server;
    private volatile DownstairsServer? _downstairs;

    private RegionControl(string data)
    {
        _data = data;
    }

    /// <summary>Serves, where the options say so, and tells where.</summary>
    /// <returns>Null where nothing is to be served.</returns>
    /// <exception cref="ControlListenException">The address can't be listened on.</exception>
    public static async Task<RegionControl?> StartAsync(RunOptions options, ILogger logger)
    {
        if (options.Control is not { } address)
        {
            return null;
        }

        var control = new RegionControl(options.Data);
        try
        {
            control._server = await ControlServer.StartAsync(address, control.Routes(), logger);
        }
        catch
        {
            await control.DisposeAsync();
            throw;
        }

        logger.ControlListening(control._server.Address.GetLeftPart(UriPartial.Authority));
        return control;
    }

    /// <summary>The region is served: from now on there is something to tell.</summary>
    public void Attach(DownstairsServer server) => _downstairs = server;

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _metrics.Dispose();
    }

    private DownstairsServer Serving => _downstairs
        ?? throw new ControlException(ControlAnswer.Unavailable, "the region is being opened; try again in a moment");

    private ControlRoutes Routes() => new ControlRoutes()
        .Get("/info", () => ControlAnswer.Json(RegionReports.InfoOf(Serving, _data)))
        .Get("/work", () => ControlAnswer.Json(RegionReports.WorkOf(Serving)))
        .Get("/metrics", () => ControlAnswer.Text(_metrics.Collect(), contentType: MetricsExporter.ContentType))
        .Get("/healthz", Health)
        .Get("/scrub", () => ControlAnswer.Json(RegionReports.ScrubOf(Serving)))
        .Post("/scrub", new ScrubRequest(), (request, _) => Task.FromResult(Scrub(request)))
        .Post("/flush", _ => FlushAsync());

    private ControlAnswer Health() => Serving.GetStatus().FaultCause is { } cause
        ? ControlAnswer.Error(ControlAnswer.Unavailable, $"the region is faulted: {cause}")
        : ControlAnswer.Text("ok\n");

    private ControlAnswer Scrub(ScrubRequest request)
    {
        if (request.Export is not null)
        {
            return ControlAnswer.Error(ControlAnswer.BadRequest, "a downstairs has a region, and no export: leave \"export\" out");
        }

        return Serving.Scrub.TryBegin(request.BytesPerSecond())
            ? ControlAnswer.Json(RegionReports.ScrubOf(Serving), ControlAnswer.Accepted)
            : ControlAnswer.Error(ControlAnswer.Conflict, "a scrub is under way; GET /scrub tells how far it is");
    }

    // It blocks for the disk: on a thread of its own, for those of the pool serve others.
    private Task<ControlAnswer> FlushAsync()
    {
        var server = Serving;
        return Task.Factory.StartNew(
            () => Flush(server), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private static ControlAnswer Flush(DownstairsServer server)
    {
        var began = Stopwatch.GetTimestamp();
        return server.TryFlush() switch
        {
            null => ControlAnswer.Error(ControlAnswer.Conflict, "a flush is under way"),
            ErrorCode.None => ControlAnswer.Json(new FlushDone(Math.Round(Stopwatch.GetElapsedTime(began).TotalMilliseconds, 3))),
            ErrorCode.ReadOnly => ControlAnswer.Error(ControlAnswer.Conflict, "the region is served read only: there is nothing to flush"),
            var error => ControlAnswer.Error(ControlAnswer.Unavailable, $"the flush failed: {error}"),
        };
    }
}
