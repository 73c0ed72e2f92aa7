using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Crucible.Storage;

/// <summary>What region.json says: written once, when the region is made.</summary>
internal sealed record RegionManifest(RegionId Id, RegionDefinition Definition, long JournalSizeBytes, int FormatVersion = RegionFormat.Version)
{
    private const int MaxBytes = 4096;
    private const string FormatName = "crucible region";

    private static readonly JsonWriterOptions WriterOptions = new() { Indented = true };

    /// <summary>The file's text.</summary>
    public byte[] Encode()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, WriterOptions))
        {
            writer.WriteStartObject();
            writer.WriteString("format", FormatName);
            writer.WriteNumber("formatVersion", FormatVersion);
            writer.WriteString("id", Id.ToString());
            writer.WriteNumber("blockSizeBytes", Definition.BlockSizeBytes);
            writer.WriteNumber("extentSizeBlocks", Definition.ExtentSizeBlocks);
            writer.WriteNumber("extentCount", Definition.ExtentCount);
            writer.WriteBoolean("encrypted", Definition.Encrypted);
            writer.WriteNumber("journalSizeBytes", JournalSizeBytes);
            writer.WriteString("checksum", Checksum());
            writer.WriteEndObject();
        }

        stream.WriteByte((byte)'\n');
        return stream.ToArray();
    }

    /// <exception cref="RegionNotFoundException">There is no region.json.</exception>
    /// <exception cref="RegionVersionException">It is of another version.</exception>
    /// <exception cref="RegionCorruptException">It is damaged.</exception>
    public static RegionManifest Load(IStorageDirectory directory)
    {
        var path = $"{directory.Path}/{RegionFormat.ManifestName}";
        using var file = directory.Open(RegionFormat.ManifestName, StorageOpenMode.Read)
            ?? throw new RegionNotFoundException($"there is no region in {directory.Path}; create one first");
        var bytes = new byte[MaxBytes + 1];
        var length = file.Read(0, bytes);
        if (length > MaxBytes)
        {
            throw new RegionCorruptException($"{path} is damaged: longer than {MaxBytes} bytes");
        }

        try
        {
            using var document = JsonDocument.Parse(bytes.AsMemory(0, length));
            return Decode(document.RootElement, path);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new RegionCorruptException($"{path} is damaged: {FirstLine(e.Message)}", e);
        }
        catch (InvalidGeometryException e)
        {
            throw new RegionCorruptException($"{path} is damaged: {e.Message}", e);
        }
    }

    private static RegionManifest Decode(JsonElement root, string path)
    {
        if (root.GetProperty("format").GetString() != FormatName)
        {
            throw new RegionCorruptException($"{path} is damaged: it does not say that it is a region");
        }

        var version = root.GetProperty("formatVersion").GetInt64();
        if (version is < RegionFormat.OldestVersion or > RegionFormat.Version)
        {
            throw new RegionVersionException(
                $"{path} is of format version {version}; this program knows versions {RegionFormat.OldestVersion} to {RegionFormat.Version}");
        }

        var manifest = new RegionManifest(
            new RegionId(root.GetProperty("id").GetGuid()),
            new RegionDefinition(
                root.GetProperty("blockSizeBytes").GetUInt32(),
                root.GetProperty("extentSizeBlocks").GetUInt32(),
                root.GetProperty("extentCount").GetUInt32(),
                root.GetProperty("encrypted").GetBoolean()),
            root.GetProperty("journalSizeBytes").GetInt64(),
            (int)version);
        if (root.GetProperty("checksum").GetString() != manifest.Checksum())
        {
            throw new RegionCorruptException($"{path} is damaged: its checksum does not fit its values");
        }

        return JournalRing.IsValidSize(manifest.JournalSizeBytes)
            ? manifest
            : throw new RegionCorruptException($"{path} is damaged: a journal of {manifest.JournalSizeBytes} bytes is impossible");
    }

    private static string FirstLine(string text) => text.AsSpan().IndexOfAny('\r', '\n') is >= 0 and var end ? text[..end] : text;

    /// <summary>XXH64, seed 0, of the values one after another in text; sixteen hexadecimal digits.</summary>
    private string Checksum()
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{FormatVersion};{Id};{Definition.BlockSizeBytes};{Definition.ExtentSizeBlocks};{Definition.ExtentCount};" +
            $"{(Definition.Encrypted ? 1 : 0)};{JournalSizeBytes}");
        return XxHash64.Hash(Encoding.UTF8.GetBytes(text)).ToString("x16", CultureInfo.InvariantCulture);
    }
}
