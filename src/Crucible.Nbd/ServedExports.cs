using Crucible.Upstairs;

namespace Crucible.Nbd;

/// <summary>The exports of a server: as the protocol sees them, and the volumes behind them.</summary>
internal sealed class ServedExports
{
    private readonly Dictionary<NbdExportInfo, Volume> _volumes = new(ReferenceEqualityComparer.Instance);

    /// <exception cref="ArgumentException">The options can't be.</exception>
    public ServedExports(NbdServerOptions options)
    {
        if (options.Exports.Count == 0)
        {
            throw new ArgumentException("there is nothing to export", nameof(options));
        }

        var infos = new List<NbdExportInfo>();
        foreach (var export in options.Exports)
        {
            var volume = export.Volume;
            var info = new NbdExportInfo(
                export.Name, export.Description, (ulong)volume.SizeBytes, (uint)volume.BlockSizeBytes, export.ReadOnly || OnlyReads(volume));
            infos.Add(info);
            _volumes.Add(info, volume);
        }

        List = new NbdExportList(infos, options.DefaultExport);
    }

    /// <summary>What clients find.</summary>
    public NbdExportList List { get; }

    /// <summary>The volume behind an export of the list, and whether it was opened to be read only.</summary>
    public (Volume Volume, bool OnlyReads) VolumeOf(NbdExportInfo export) => (_volumes[export], OnlyReads(_volumes[export]));

    private static bool OnlyReads(Volume volume) => volume.Generation == Generation.None;
}
