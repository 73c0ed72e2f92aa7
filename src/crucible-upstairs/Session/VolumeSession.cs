using Crucible.Hosting;
using Crucible.Upstairs.Encryption;
using Microsoft.Extensions.Logging;

namespace Crucible.Upstairs.Program;

/// <summary>One command's time with its volume: opened before, closed after, whatever the way out.</summary>
internal sealed class VolumeSession
{
    /// <summary>After an interruption, a flush is waited for no longer.</summary>
    private static readonly TimeSpan InterruptionLimit = TimeSpan.FromSeconds(2);

    /// <summary>Commands flush before they return, so that closing has little to wait for.</summary>
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);

    private VolumeSession(Volume volume, SessionOptions options, ILogger log, CancellationToken stop)
    {
        Volume = volume;
        Options = options;
        Log = log;
        Stop = stop;
    }

    public Volume Volume { get; }

    public SessionOptions Options { get; }

    /// <summary>For what the guide's run tells.</summary>
    public ILogger Log { get; }

    /// <summary>Cancelled by SIGINT and SIGTERM.</summary>
    public CancellationToken Stop { get; }

    /// <summary>Opens the volume, runs the command, closes.</summary>
    /// <param name="options">How.</param>
    /// <param name="command">Returns the exit code.</param>
    /// <param name="stop">Cancelled by SIGINT and SIGTERM.</param>
    public static async Task<int> RunAsync(SessionOptions options, Func<VolumeSession, Task<int>> command, CancellationToken stop)
    {
        using var loggers = CrucibleLogging.CreateLoggerFactory(options.Logging);
        using var telemetry = TelemetrySetup.Create("crucible-upstairs", options.Telemetry, loggers);
        var log = loggers.CreateLogger("Crucible.Upstairs.Program");
        using var key = EncryptionKey.Load(options.KeyFile, out var warning);
        if (warning is not null)
        {
            log.KeyWarning(warning);
        }

        using var opening = new OpeningVolume(VolumeOptionsOf(options, key, loggers));
        var controlled = new ControlledVolume(export: null, opening);
        await using var control = await VolumeControl.StartAsync(options, [controlled], log);
        Volume volume;
        try
        {
            volume = await controlled.OpenAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("interrupted: the volume was not open yet, so nothing was done");
            return ExitCode.Interrupted;
        }

        log.CommandBegins();
        try
        {
            return await command(new VolumeSession(volume, options, log, stop));
        }
        finally
        {
            if (control is not null)
            {
                await control.DisposeAsync();
            }

            await CloseAsync(volume, stop.IsCancellationRequested ? InterruptionLimit : CloseLimit);
        }
    }

    /// <summary>Ends a command that was interrupted: what was written is flushed if that is possible at once.</summary>
    /// <param name="done">What was done, for a person.</param>
    /// <returns><see cref="ExitCode.Interrupted"/>.</returns>
    public async Task<int> InterruptAsync(string done)
    {
        var flushed = Options.ReadOnly ? "" : await TryFlushAsync()
            ? "; flushed, so it is durable"
            : $"; it could not be flushed within {InterruptionLimit.TotalSeconds:0} s, and may be lost if the downstairs stop now";
        await Console.Error.WriteLineAsync($"interrupted: {done}{flushed}");
        return ExitCode.Interrupted;
    }

    /// <summary>Whether a flush was done within the time that an interruption leaves.</summary>
    public async Task<bool> TryFlushAsync()
    {
        using var limit = new CancellationTokenSource(InterruptionLimit);
        try
        {
            await Volume.FlushAsync(limit.Token);
            return true;
        }
        catch (Exception e) when (e is VolumeException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>What the library is told.</summary>
    public static VolumeOptions VolumeOptionsOf(SessionOptions options, EncryptionKey? key, ILoggerFactory loggers) => new()
    {
        Targets = [.. options.Targets.Select(t => t.ToString())],
        Ack = options.Ack,
        Generation = options.Generation,
        ReadOnly = options.ReadOnly,
        Key = key,
        ActivationTimeout = options.Wait,
        FlushTimeout = options.FlushTimeout,
        RequestTimeout = options.RequestTimeout,
        HungAfter = options.HungAfter,
        AwayLimit = options.AwayLimit,
        InlineCompletions = options.InlineCompletions,
        LoggerFactory = loggers,
    };

    /// <summary>Closes a volume, within a time.</summary>
    public static async Task CloseAsync(Volume volume, TimeSpan limit)
    {
        try
        {
            await volume.DisposeAsync().AsTask().WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            // The volume has gone away under the command, which has told so; the process's end closes the rest.
        }
    }
}
