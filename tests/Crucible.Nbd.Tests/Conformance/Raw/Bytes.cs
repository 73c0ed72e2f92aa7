using System.Buffers.Binary;
using System.Text;

namespace Crucible.Nbd.Tests.Conformance.Raw;

/// <summary>Bytes as they go over the wire.</summary>
internal static class Bytes
{
    /// <summary>Numbers in network order and of their type's width, text as UTF-8, bytes as they are; one after another.</summary>
    public static byte[] Of(params object[] parts)
    {
        using var bytes = new MemoryStream();
        foreach (var part in parts)
        {
            bytes.Write(part switch
            {
                ushort number => Number(number, sizeof(ushort)),
                uint number => Number(number, sizeof(uint)),
                ulong number => Number(number, sizeof(ulong)),
                string text => Encoding.UTF8.GetBytes(text),
                byte[] raw => raw,
                _ => throw new ArgumentException($"no wire form: {part.GetType()}", nameof(parts)),
            });
        }

        return bytes.ToArray();
    }

    /// <summary>An option as a client sends it.</summary>
    public static byte[] ForOption(uint option, byte[]? data = null) => Of(Numbers.HaveOption, option, (uint)(data?.Length ?? 0), data ?? []);

    /// <summary>The data of GO and INFO.</summary>
    public static byte[] ForGo(string name, params ushort[] requests) =>
        Of((uint)Encoding.UTF8.GetByteCount(name), name, (ushort)requests.Length, Of([.. requests.Select(r => (object)r)]));

    /// <summary>The data of SET_META_CONTEXT and LIST_META_CONTEXT.</summary>
    public static byte[] ForContexts(string name, params string[] queries) =>
        Of(
            (uint)Encoding.UTF8.GetByteCount(name), name, (uint)queries.Length,
            Of([.. queries.SelectMany(q => new object[] { (uint)Encoding.UTF8.GetByteCount(q), q })]));

    /// <summary>Bytes that tell their place: every seed and length gives its own.</summary>
    public static byte[] Pattern(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static ushort U16(byte[] from, int at) => BinaryPrimitives.ReadUInt16BigEndian(from.AsSpan(at));

    public static uint U32(byte[] from, int at) => BinaryPrimitives.ReadUInt32BigEndian(from.AsSpan(at));

    public static ulong U64(byte[] from, int at) => BinaryPrimitives.ReadUInt64BigEndian(from.AsSpan(at));

    private static byte[] Number(ulong number, int width)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        return bytes[^width..];
    }
}
