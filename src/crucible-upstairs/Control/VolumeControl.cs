using System.Diagnostics;
using Crucible.Hosting;
using Microsoft.Extensions.Logging;

namespace Crucible.Upstairs.Program;

/// <summary>The control endpoints of a command that has a volume open; they are there before the volume is, and tell why it is not.</summary>
internal sealed class VolumeControl(IReadOnlyList<ControlledVolume> volumes, ILogger logger) : IAsyncDisposable
{
    private readonly MetricsExporter _metrics = new();
    private readonly BackgroundScrub _scrub = new(logger);
    private ControlServer? _server;
    private volatile Func<NbdServerInfo>? _nbd;
    private int _disposed;

    /// <summary>Serves, where the options say so, and tells where.</summary>
    /// <param name="options">Where.</param>
    /// <param name="volumes">What is told, one or more; of several, the first is the one whose state is told.</param>
    /// <param name="logger">For what the endpoints say of themselves.</param>
    /// <returns>Null where nothing is to be served.</returns>
    /// <exception cref="ControlListenException">The address can't be listened on.</exception>
    public static async Task<VolumeControl?> StartAsync(SessionOptions options, IReadOnlyList<ControlledVolume> volumes, ILogger logger)
    {
        if (options.Control is not { } address)
        {
            return null;
        }

        var control = new VolumeControl(volumes, logger);
        try
        {
            control._server = await ControlServer.StartAsync(address, control.Routes(), logger);
        }
        catch
        {
            await control.DisposeAsync();
            throw;
        }

        // A port of the system's choice is of no use to anybody who isn't told.
        if (!options.Logging.Quiet || address.Port == 0)
        {
            await Console.Error.WriteLineAsync($"control: {control._server.Address.GetLeftPart(UriPartial.Authority)}");
        }

        return control;
    }

    /// <summary>There is a server in front of the volumes: from now on it is told of.</summary>
    public void Attach(Func<NbdServerInfo> nbd) => _nbd = nbd;

    /// <summary>Ends what goes on here; the volume must still be open. Any number of times.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await _scrub.DisposeAsync();
        _metrics.Dispose();
    }

    // What is done to one volume says nothing of which.
    private Volume Only => volumes is [var volume]
        ? OpenedOf(volume)
        : throw new ControlException(ControlAnswer.Conflict, "several volumes are served here, and this can be asked for one only");

    // What is not open yet can be looked at, and nothing can be done to it.
    private static Volume OpenedOf(ControlledVolume volume) => volume.Opened ?? throw new ControlException(
        ControlAnswer.Unavailable, VolumeReports.Illness(volume.GetStatus()) ?? "the volume is being opened; try again in a moment");

    private ControlAnswer Health() => volumes.Select(volume => VolumeReports.Illness(volume.GetStatus())).FirstOrDefault(text => text is not null) is { } illness
        ? ControlAnswer.Error(ControlAnswer.Unavailable, illness)
        : ControlAnswer.Text("ok\n");

    private ControlRoutes Routes() => new ControlRoutes()
        .Get("/info", () => ControlAnswer.Json(VolumeReports.InfoOf(volumes[0].GetStatus()) with { Nbd = _nbd?.Invoke() }))
        .Get("/work", () => ControlAnswer.Json(VolumeReports.WorkOf(volumes[0].GetWork(ControlLimits.MaxJobsListed))))
        .Get("/metrics", () => ControlAnswer.Text(_metrics.Collect(), contentType: MetricsExporter.ContentType))
        .Get("/healthz", Health)
        .Get("/scrub", () => ControlAnswer.Json(VolumeReports.ScrubOf(volumes[0].GetStatus())))
        .Post("/scrub", _ => ScrubAsync())
        .Post("/flush", FlushAsync)
        .Post<ReplaceRequest>("/replace", ReplaceAsync);

    private async Task<ControlAnswer> ScrubAsync()
    {
        var volume = Only;
        await _scrub.BeginAsync(volume);
        return ControlAnswer.Json(VolumeReports.ScrubOf(volume.GetStatus()), ControlAnswer.Accepted);
    }

    private async Task<ControlAnswer> ReplaceAsync(ReplaceRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await Only.ReplaceAsync(request.Old, request.New, cancellationToken);
        }
        catch (InvalidVolumeOptionsException e)
        {
            throw new ControlException(ControlAnswer.BadRequest, e.Message);
        }
        catch (VolumeException e)
        {
            throw new ControlException(ControlAnswer.Conflict, e.Message);
        }

        return ControlAnswer.Json(request);
    }

    private async Task<ControlAnswer> FlushAsync(CancellationToken cancellationToken)
    {
        var began = Stopwatch.GetTimestamp();
        try
        {
            foreach (var volume in volumes.Select(OpenedOf).ToList())
            {
                await volume.FlushAsync(cancellationToken);
            }
        }
        catch (VolumeException e)
        {
            throw new ControlException(ControlAnswer.Unavailable, e.Message);
        }

        return ControlAnswer.Json(new FlushDone(Math.Round(Stopwatch.GetElapsedTime(began).TotalMilliseconds, 3)));
    }
}
