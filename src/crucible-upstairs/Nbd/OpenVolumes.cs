using Crucible.Hosting;
using Crucible.Nbd;
using Crucible.Upstairs.Encryption;
using Microsoft.Extensions.Logging;

namespace Crucible.Upstairs.Program;

/// <summary>The volumes of one server: known from the beginning, opened one after the other, closed together.</summary>
internal sealed class OpenVolumes : IAsyncDisposable
{
    /// <summary>What was written is flushed before; a third downstairs that is gone keeps nobody.</summary>
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<NbdExportOptions> _exports;
    private readonly List<EncryptionKey> _keys = [];
    private readonly List<OpeningVolume> _opening = [];
    private readonly List<ControlledVolume> _controlled = [];

    private OpenVolumes(IReadOnlyList<NbdExportOptions> exports)
    {
        _exports = exports;
    }

    /// <summary>Those that are open, with the exports that they are behind, in their order.</summary>
    public List<(NbdExport Export, Volume Volume)> All { get; } = [];

    /// <summary>All of them, open or not, in the order of the exports.</summary>
    public IReadOnlyList<ControlledVolume> Controlled => _controlled;

    /// <summary>Makes ready to open them, and connects to nobody yet.</summary>
    /// <exception cref="CrucibleException">A key can't be read, or options can't be.</exception>
    public static OpenVolumes Prepare(IReadOnlyList<NbdExportOptions> exports, ILoggerFactory loggers, ILogger log)
    {
        var volumes = new OpenVolumes(exports);
        try
        {
            foreach (var export in exports)
            {
                volumes.Add(export, loggers, log);
            }

            return volumes;
        }
        catch
        {
            volumes.Forget();
            throw;
        }
    }

    /// <summary>Opens one after the other.</summary>
    /// <exception cref="CrucibleException">One can't be opened.</exception>
    public async Task OpenAsync(CancellationToken stop)
    {
        foreach (var (export, controlled) in _exports.Zip(_controlled))
        {
            var volume = await controlled.OpenAsync(stop);
            All.Add((
                new NbdExport { Name = export.Name, Description = export.Description, Volume = volume, ReadOnly = export.Volume.ReadOnly },
                volume));
        }
    }

    private void Add(NbdExportOptions export, ILoggerFactory loggers, ILogger log)
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

        var opening = new OpeningVolume(VolumeSession.VolumeOptionsOf(export.Volume, key, loggers));
        _opening.Add(opening);
        _controlled.Add(new ControlledVolume(export.Name, opening));
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
        Forget();
    }

    private void Forget()
    {
        _opening.ForEach(static opening => opening.Dispose());
        _keys.ForEach(static key => key.Dispose());
    }
}
