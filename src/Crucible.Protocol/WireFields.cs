using System.Text;
using MessagePack;

namespace Crucible.Protocol;

/// <summary>How the field types that several messages share are written and read.</summary>
internal static class WireFields
{
    /// <summary>A bin within the header; it points into the reader's memory, which is always one piece.</summary>
    public static ReadOnlyMemory<byte> ReadBin(ref MessagePackReader reader)
    {
        var bytes = reader.ReadBytes() ?? throw new MessagePackSerializationException("nil where bytes are needed");
        return bytes.IsSingleSegment ? bytes.First : throw new MessagePackSerializationException("a header in several pieces");
    }

    public static void WriteGuid(ref MessagePackWriter writer, Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        writer.Write(bytes);
    }

    public static Guid ReadGuid(ref MessagePackReader reader)
    {
        var bytes = ReadBin(ref reader).Span;
        return bytes.Length == 16
            ? new Guid(bytes, bigEndian: true)
            : throw new MessagePackSerializationException($"an id of {bytes.Length} bytes");
    }

    /// <summary>Writes at most <see cref="WireLimits.MaxTextBytes"/> bytes of a text.</summary>
    public static void WriteText(ref MessagePackWriter writer, string text)
    {
        Span<byte> bytes = stackalloc byte[WireLimits.MaxTextBytes];
        Encoding.UTF8.GetEncoder().Convert(text, bytes, flush: true, out _, out var used, out _);
        writer.WriteString(bytes[..used]);
    }

    public static string ReadText(ref MessagePackReader reader)
    {
        if (!reader.TryReadStringSpan(out var utf8) || utf8.Length > WireLimits.MaxTextBytes)
        {
            throw new MessagePackSerializationException("not a text of the allowed length");
        }

        // What a peer sends is shown to people: no control characters reach their terminals.
        return ReplaceControls(Encoding.UTF8.GetString(utf8));
    }

    private static string ReplaceControls(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) : text;
}
