namespace MessagePack.Tests;

/// <summary>Every way to read a value, by name.</summary>
internal static class Reads
{
    public static readonly IReadOnlyList<(string Name, ReadFunction<bool> Read)> All =
    [
        ("ReadNil", (ref MessagePackReader reader) => Done(reader.ReadNil())),
        ("TryReadNil", (ref MessagePackReader reader) => Done(reader.TryReadNil())),
        ("ReadBoolean", (ref MessagePackReader reader) => Done(reader.ReadBoolean())),
        ("ReadByte", (ref MessagePackReader reader) => Done(reader.ReadByte())),
        ("ReadSByte", (ref MessagePackReader reader) => Done(reader.ReadSByte())),
        ("ReadUInt16", (ref MessagePackReader reader) => Done(reader.ReadUInt16())),
        ("ReadInt16", (ref MessagePackReader reader) => Done(reader.ReadInt16())),
        ("ReadUInt32", (ref MessagePackReader reader) => Done(reader.ReadUInt32())),
        ("ReadInt32", (ref MessagePackReader reader) => Done(reader.ReadInt32())),
        ("ReadUInt64", (ref MessagePackReader reader) => Done(reader.ReadUInt64())),
        ("ReadInt64", (ref MessagePackReader reader) => Done(reader.ReadInt64())),
        ("ReadSingle", (ref MessagePackReader reader) => Done(reader.ReadSingle())),
        ("ReadDouble", (ref MessagePackReader reader) => Done(reader.ReadDouble())),
        ("ReadArrayHeader", (ref MessagePackReader reader) => Done(reader.ReadArrayHeader())),
        ("ReadMapHeader", (ref MessagePackReader reader) => Done(reader.ReadMapHeader())),
        ("ReadBinHeader", (ref MessagePackReader reader) => Done(reader.ReadBinHeader())),
        ("ReadBytes", (ref MessagePackReader reader) => Done(reader.ReadBytes())),
        ("ReadString", (ref MessagePackReader reader) => Done(reader.ReadString())),
        ("TryReadStringSpan", (ref MessagePackReader reader) => Done(reader.TryReadStringSpan(out _))),
        ("TryReadBinSpan", (ref MessagePackReader reader) => Done(reader.TryReadBinSpan(out _))),
        ("ReadRaw", (ref MessagePackReader reader) => Done(reader.ReadRaw(3))),
        ("Skip", (ref MessagePackReader reader) =>
        {
            reader.Skip();
            return true;
        }),
    ];

    private static bool Done<T>(T value)
    {
        _ = value;
        return true;
    }
}
