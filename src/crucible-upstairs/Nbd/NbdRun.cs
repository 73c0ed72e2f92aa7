using System.Globalization;
using Crucible.Hosting;
using Crucible.Nbd;
using Microsoft.Extensions.Logging;

namespace Crucible.Upstairs.Program;

/// <summary>Serves volumes until a signal, or the end of the captive command.</summary>
internal sealed class NbdRun(NbdOptions options)
{
    /// <summary>How long requests under way have to be answered at the end.</summary>
    private static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(5);

    /// <summary>How long the flush at the end may take.</summary>
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(10);

    /// <summary>How often it is looked whether the volumes still answer.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    /// <param name="stop">Cancelled by SIGINT and SIGTERM.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        using var loggers = CrucibleLogging.CreateLoggerFactory(options.Session.Logging);
        using var telemetry = TelemetrySetup.Create("crucible-upstairs", options.Session.Telemetry, loggers);
        var log = loggers.CreateLogger("Crucible.Upstairs.Program");
        using var certificates = TlsCertificates.Load(options.Tls);
        using var listeners = NbdListeners.Bind(options);
        await using var volumes = OpenVolumes.Prepare(options.Exports, loggers, log);
        await using var control = await VolumeControl.StartAsync(options.Session, volumes.Controlled, log);
        try
        {
            await volumes.OpenAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("interrupted: the volume was not open yet, so nothing was served");
            return ExitCode.Interrupted;
        }

        await using var server = new NbdServer(ServerOptions(volumes, certificates, loggers));
        using var metrics = new NbdMetrics(server);
        control?.Attach(() => NbdReports.Of(server, volumes));
        listeners.Listen(server);
        using var pidFile = options.PidFile is { } path ? new PidFile(path) : null;
        var status = await ServeAsync(listeners, volumes, stop);
        await server.StopAsync(DrainLimit);
        if (control is not null)
        {
            await control.DisposeAsync();
        }

        return volumes.Ended() is null && await volumes.FlushAsync(FlushLimit) is { } reason
            ? throw new CommandFailedException($"the last writes could not be flushed: {reason}")
            : status;
    }

    private NbdServerOptions ServerOptions(OpenVolumes volumes, TlsCertificates? certificates, ILoggerFactory loggers) => new()
    {
        Exports = [.. volumes.All.Select(one => one.Export)],
        DefaultExport = options.DefaultExport,
        MaxConnections = options.MaxConnections,
        HandshakeTimeout = options.HandshakeTimeout,
        SendTimeout = options.SendTimeout,
        Tls = certificates?.Options,
        LoggerFactory = loggers,
    };

    private async Task<int> ServeAsync(NbdListeners listeners, OpenVolumes volumes, CancellationToken stop)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var watch = WatchAsync(volumes, ended);
        int status;
        if (options.Run is { } command)
        {
            status = await CaptiveCommand.RunAsync(command, VariablesOf(listeners), ended.Token);
        }
        else
        {
            Announce(listeners);
            await Task.Delay(Timeout.Infinite, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            status = ExitCode.Success;
        }

        await ended.CancelAsync();
        return await watch is { } reason ? throw new CommandFailedException(reason) : status;
    }

    // A volume that was taken over by somebody else will never answer again: then there is nothing left to serve.
    private static async Task<string?> WatchAsync(OpenVolumes volumes, CancellationTokenSource ended)
    {
        using var timer = new PeriodicTimer(Look);
        try
        {
            while (await timer.WaitForNextTickAsync(ended.Token))
            {
                if (volumes.Ended() is { } reason)
                {
                    await ended.CancelAsync();
                    return reason;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops for another reason.
        }

        return null;
    }

    private bool IsTls => options.Tls.Mode == NbdTlsMode.Require;

    private void Announce(NbdListeners listeners)
    {
        string[] uris = [.. options.Exports.SelectMany(export => listeners.UrisOf(export.Name, IsTls))];
        if (options.Session.Json)
        {
            JsonOutput.WriteLine(Console.Out, new { Uris = uris, Socket = listeners.UnixPath, Listen = listeners.Tcp?.ToString(), Pid = Environment.ProcessId }, indented: false);
        }
        else
        {
            Array.ForEach(uris, Console.WriteLine);
        }

        Console.Out.Flush();
    }

    private Dictionary<string, string> VariablesOf(NbdListeners listeners)
    {
        var export = options.Exports[0].Name;
        return new Dictionary<string, string>
        {
            ["uri"] = listeners.UrisOf(export, IsTls).First(),
            ["nbd"] = listeners.UnixPath is { } socket
                ? $"nbd:unix:{socket}{Named(export)}"
                : $"nbd:{listeners.Tcp}{Named(export)}",
            ["unixsocket"] = listeners.UnixPath ?? "",
            ["port"] = listeners.Tcp?.Port.ToString(CultureInfo.InvariantCulture) ?? "",
            ["exportname"] = export,
            ["tls"] = IsTls ? "2" : options.Tls.Mode == NbdTlsMode.On ? "1" : "",
        };
    }

    private static string Named(string export) => export.Length == 0 ? "" : $":exportname={export}";
}
