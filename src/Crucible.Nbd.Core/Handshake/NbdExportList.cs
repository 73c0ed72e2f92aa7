using System.Text;

namespace Crucible.Nbd;

/// <summary>The exports of a server, found by the bytes of their names.</summary>
public sealed class NbdExportList
{
    private readonly (byte[] Name, NbdExportInfo Export)[] _exports;

    /// <param name="exports">What is served, in the order in which it is listed.</param>
    /// <param name="defaultExport">The name served to who asks for the empty one; null: the export with the empty name, if any.</param>
    /// <exception cref="ArgumentException">Two exports have one name, a text is too long, or the default is none of them.</exception>
    public NbdExportList(IReadOnlyList<NbdExportInfo> exports, string? defaultExport)
    {
        ArgumentNullException.ThrowIfNull(exports);
        _exports = [.. exports.Select(export => (Encoding.UTF8.GetBytes(export.Name), export))];
        foreach (var (name, export) in _exports)
        {
            if (name.Length > NbdLimits.MaxStringBytes || Encoding.UTF8.GetByteCount(export.Description) > NbdLimits.MaxStringBytes)
            {
                throw new ArgumentException($"the name or description of an export is longer than {NbdLimits.MaxStringBytes} bytes", nameof(exports));
            }

            if (_exports.Count(other => other.Export.Name == export.Name) > 1)
            {
                throw new ArgumentException($"two exports have the name '{export.Name}'", nameof(exports));
            }
        }

        Default = exports.FirstOrDefault(export => export.Name == (defaultExport ?? string.Empty));
        if (defaultExport is not null && Default is null)
        {
            throw new ArgumentException($"the default export '{defaultExport}' is none of the exports", nameof(defaultExport));
        }

        Exports = exports;
    }

    /// <summary>All of them.</summary>
    public IReadOnlyList<NbdExportInfo> Exports { get; }

    /// <summary>What the empty name stands for; null: nothing.</summary>
    public NbdExportInfo? Default { get; }

    /// <summary>The export of a name as it came over the wire; null: there is none.</summary>
    public NbdExportInfo? Find(ReadOnlySpan<byte> name)
    {
        if (name.IsEmpty)
        {
            return Default;
        }

        foreach (var (known, export) in _exports)
        {
            if (name.SequenceEqual(known))
            {
                return export;
            }
        }

        return null;
    }
}
