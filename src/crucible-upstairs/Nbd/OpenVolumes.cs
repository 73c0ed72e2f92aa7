using Crucible.Hosting;
using Crucible.Nbd;
using Crucible.Upstairs.Encryption;
using Microsoft.Extensions.Logging;

namespace Crucible.Upstairs.Program;

/// <summary>The volumes of one server: opened one after the other, closed together.</summary>
internal sealed class OpenVolumes : IAsyncDisposable
{
    /// <summary>What was written is flushed before; a third downstairs that is gone keeps nobody.</summary>
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);

    private readonly List<EncryptionKey> _keys = [];

    /// <summary>With the exports that they are behind, in their order.</summary>
    public List<(NbdExport Export, Volume Volume)> All { get; } = [];

    public IReadOnlyList<Volume> Volumes => [.. All.Select(one => one.Volume)];

    /// <summary>Opens one more.</summary>
    /// <exception cref="CrucibleException">It can't be; the message names the export where there are several.</exception>
    public async Task OpenAsync(NbdExportOptions export, ILoggerFactory loggers, ILogger log, CancellationToken stop)
    {
        var key = EncryptionKey.Load(export.Volume.KeyFile, out var warning);
        if (warning is not null)
        {
            log.KeyWarning(warning);
        }

        if (key is not null)
        {
            _keys.Add(key);
        }

        var volume = await Volume.OpenAsync(VolumeSession.VolumeOptionsOf(export.Volume, key, loggers), stop);
        All.Add((
            new NbdExport { Name = export.Name, Description = export.Description, Volume = volume, ReadOnly = export.Volume.ReadOnly },
            volume));
    }

    /// <summary>Makes durable what was written.</summary>
    /// <param name="limit">How long that may take.</param>
    /// <returns>Null; else why it is not.</returns>
    public async Task<string?> FlushAsync(TimeSpan limit)
    {
        using var late = new CancellationTokenSource(limit);
        foreach (var (export, volume) in All)
        {
            if (export.ReadOnly)
            {
                continue;
            }

            try
            {
                await volume.FlushAsync(late.Token);
            }
            catch (VolumeException e)
            {
                return e.Message;
            }
            catch (OperationCanceledException)
            {
                return $"it did not end within {Duration.Format(limit)}";
            }
        }

        return null;
    }

    /// <summary>Why a volume answers no more; null: all do.</summary>
    public string? Ended()
    {
        foreach (var (export, volume) in All)
        {
            var status = volume.GetStatus();
            if (status.State != VolumeState.Active)
            {
                var which = All.Count == 1 ? "the volume" : $"the volume of export '{export.Name}'";
                return $"{which} is {status.State.ToString().ToLowerInvariant()}: {status.Cause}";
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(All.Select(one => VolumeSession.CloseAsync(one.Volume, CloseLimit)));
        _keys.ForEach(static key => key.Dispose());
    }
}
