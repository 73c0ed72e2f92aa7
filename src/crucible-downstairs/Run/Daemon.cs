using System.Net.Sockets;
using Crucible.Hosting;
using Crucible.Storage;
using Microsoft.Extensions.Logging;

namespace Crucible.Downstairs.Program;

/// <summary>Opens a region, having created it where asked to, and serves it until it is told to stop.</summary>
internal static class Daemon
{
    /// <param name="options">How to serve it.</param>
    /// <param name="create">What to create first, or null.</param>
    /// <param name="stop">Cancelled by SIGTERM and Ctrl-C.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(RunOptions options, CreateOptions? create, CancellationToken stop)
    {
        if (create is not null && options.ReadOnly)
        {
            throw new UsageException("--mode ro serves a region that is there; it can't be created with -c at the same time");
        }

        using var loggers = CrucibleLogging.CreateLoggerFactory(options.Logging);
        using var telemetry = TelemetrySetup.Create("crucible-downstairs", options.Telemetry, loggers);
        var logger = loggers.CreateLogger("Crucible.Downstairs");
        logger.RawOptions(OptionsLine.Format(
            ("address", options.Listen.Address),
            ("port", options.Listen.Port),
            ("data", options.Data),
            ("create", create is null ? null : true),
            ("mode", options.ReadOnly ? "ro" : null),
            ("traceEndpoint", options.Telemetry.TraceEndpoint)));
        await using var control = await RegionControl.StartAsync(options, logger);
        if (create is not null)
        {
            RegionMaker.Create(options.Data, create, logger, options.Logging.Quiet, stop);
        }

        var region = OpenRegion(options, loggers);
        using var server = Listen(region, options, loggers);
        var versions = ExtentVersionsLine.Of(region);
        logger.FlushNumbers(versions);
        logger.ExtentValues(versions);
        server.Start();
        control?.Attach(server);
        stop.WaitHandle.WaitOne();
        server.Stop();
        return ExitCode.Success;
    }

    private static Region OpenRegion(RunOptions options, ILoggerFactory loggers)
    {
        try
        {
            return Region.Open(
                new LinuxStorageDirectory(options.Data),
                new RegionOpenOptions { ReadOnly = options.ReadOnly, Logger = loggers.CreateLogger("Crucible.Storage") });
        }
        catch (RegionNotFoundException)
        {
            throw new NoRegionException(
                $"there is no region in {options.Data}; create one with: crucible-downstairs -c -p {options.Listen.Port} -d {options.Data}");
        }
    }

    private static DownstairsServer Listen(Region region, RunOptions options, ILoggerFactory loggers)
    {
        try
        {
            return new DownstairsServer(
                region,
                new DownstairsOptions
                {
                    Listen = options.Listen,
                    ReadOnly = options.ReadOnly,
                    ScrubBytesPerSecond = options.ScrubBytesPerSecond,
                    ScrubInterval = options.ScrubInterval,
                },
                loggers);
        }
        catch (SocketException e)
        {
            region.Close();
            throw e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? new CannotListenException($"port {options.Listen.Port} is in use by {PortOwner.Find(options.Listen.Port)?.ToString() ?? "a process of another user"}")
                : new CannotListenException($"can't listen on {options.Listen}: {e.Message}");
        }
    }
}
