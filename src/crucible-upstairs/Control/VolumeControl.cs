using System.Diagnostics;
using Crucible.Hosting;
using Microsoft.Extensions.Logging;

namespace Crucible.Upstairs.Program;

/// <summary>The control endpoints of a command that has a volume open; they are there before the volume is, and tell why it is not.</summary>
internal sealed class VolumeControl(IReadOnlyList<ControlledVolume> volumes, ILogger logger) : IAsyncDisposable
{
    private readonly MetricsExporter _metrics = new();
    private readonly BackgroundScrub[] _scrubs = [.. volumes.Select(_ => new BackgroundScrub(logger))];
    private ControlServer? _server;
    private volatile Func<NbdServerInfo>? _nbd;
    private int _disposed;

    /// <summary>Serves, where the options say so, and tells where.</summary>
    /// <param name="options">Where.</param>
    /// <param name="volumes">What is told and acted on, one or more.</param>
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

        await Task.WhenAll(_scrubs.Select(scrub => scrub.DisposeAsync().AsTask()));
        _metrics.Dispose();
    }

    // Which of the volumes somebody means.
    private int IndexOf(string? export)
    {
        var names = string.Join(", ", volumes.Select(volume => $"'{volume.Export}'"));
        var index = volumes switch
        {
            [_] when export is null => 0,
            [{ Export: null }] => throw new ControlException(ControlAnswer.BadRequest, "there is one volume here, and no export: leave \"export\" out"),

            // Clients find the only one by the empty name too.
            [_] when export.Length == 0 => 0,
            _ when export is null => throw new ControlException(ControlAnswer.BadRequest, $"several volumes are served here: \"export\" must name one of {names}"),
            _ => volumes.ToList().FindIndex(volume => volume.Export == export),
        };
        return index >= 0 ? index : throw new ControlException(ControlAnswer.BadRequest, $"there is no export '{export}' here; there is {names}");
    }

    // What is not open yet can be looked at, and nothing can be done to it.
    private static async Task<Volume> OpenedAsync(ControlledVolume volume) => await volume.GetOpenedAsync() ?? throw new ControlException(
        ControlAnswer.Unavailable, VolumeReports.Illness(volume.GetStatus()) ?? "the volume is being opened; try again in a moment");

    private ControlAnswer Health()
    {
        foreach (var volume in volumes)
        {
            if (VolumeReports.Illness(volume.GetStatus()) is { } illness)
            {
                return ControlAnswer.Error(ControlAnswer.Unavailable, volumes.Count == 1 ? illness : $"export '{volume.Export}': {illness}");
            }
        }

        return ControlAnswer.Text("ok\n");
    }

    private ControlRoutes Routes() => new ControlRoutes()
        .Get("/info", Info)
        .Get("/work", () => ControlAnswer.Json(VolumeReports.WorkOf(volumes)))
        .Get("/metrics", () => ControlAnswer.Text(_metrics.Collect(), contentType: MetricsExporter.ContentType))
        .Get("/healthz", Health)
        .Get("/scrub", Scrubs)
        .Post("/scrub", new ScrubRequest(), (request, _) => ScrubAsync(request))
        .Post("/flush", FlushAsync)
        .Post<ReplaceRequest>("/replace", ReplaceAsync);

    private ControlAnswer Info()
    {
        var infos = volumes.Select((volume, index) => InfoOf(index, volume.GetStatus())).ToList();
        return ControlAnswer.Json(infos[0] with { Nbd = _nbd?.Invoke(), Volumes = infos.Count > 1 ? infos : null });
    }

    private UpstairsInfo InfoOf(int index, VolumeStatus status) =>
        VolumeReports.InfoOf(status, volumes[index].Export) with { Scrub = ScrubOf(index, status) };

    private ScrubInfo? ScrubOf(int index, VolumeStatus status) => status.Scrub is { } scrub
        ? VolumeReports.InfoOf(scrub) with { BytesPerSecond = _scrubs[index].RateOf(scrub.Number) }
        : null;

    private ControlAnswer Scrubs() => volumes is [var only]
        ? ControlAnswer.Json(ScrubOf(0, only.GetStatus()))
        : ControlAnswer.Json(new ScrubsInfo([.. volumes.Select((volume, index) => new ExportScrub(volume.Export, ScrubOf(index, volume.GetStatus())))]));

    private async Task<ControlAnswer> ScrubAsync(ScrubRequest request)
    {
        var index = IndexOf(request.Export);
        var bytesPerSecond = request.BytesPerSecond() ?? 0;
        await _scrubs[index].BeginAsync(await OpenedAsync(volumes[index]), bytesPerSecond);
        return ControlAnswer.Json(ScrubOf(index, volumes[index].GetStatus()), ControlAnswer.Accepted);
    }

    private async Task<ControlAnswer> ReplaceAsync(ReplaceRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var volume = await OpenedAsync(volumes[IndexOf(request.Export)]);
            await volume.ReplaceAsync(request.Old, request.New, cancellationToken);
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
            // All or none: one that is not open yet must be told before others are flushed.
            foreach (var volume in await Task.WhenAll(volumes.Select(OpenedAsync)))
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
