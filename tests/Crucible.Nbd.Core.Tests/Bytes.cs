using System.Buffers.Binary;
using System.Text;

namespace Crucible.Nbd.Tests;

/// <summary>Bytes as they are on the wire, put together by hand: nothing here comes from the code under test.</summary>
internal static class Bytes
{
    public static byte[] Join(params byte[][] parts) => [.. parts.SelectMany(part => part)];

    public static byte[] U16(int value) => Be(2, (ulong)value);

    public static byte[] U32(uint value) => Be(4, value);

    public static byte[] U64(ulong value) => Be(8, value);

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>A length of 32 bits and the text.</summary>
    public static byte[] String(string text) => Join(U32((uint)Text(text).Length), Text(text));

    /// <summary>An option of a client.</summary>
    public static byte[] Option(uint option, params byte[][] data) =>
        Join(Text("IHAVEOPT"), U32(option), U32((uint)Join(data).Length), Join(data));

    /// <summary>An answer of the server.</summary>
    public static byte[] Reply(uint option, uint reply, params byte[][] data) =>
        Join([0x00, 0x03, 0xe8, 0x89, 0x04, 0x55, 0x65, 0xa9], U32(option), U32(reply), U32((uint)Join(data).Length), Join(data));

    /// <summary>A request with a 32-bit length.</summary>
    public static byte[] Request(int command, int flags, ulong cookie, ulong offset, uint length) =>
        Join([0x25, 0x60, 0x95, 0x13], U16(flags), U16(command), U64(cookie), U64(offset), U32(length));

    private static byte[] Be(int size, ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        return bytes[(8 - size)..];
    }
}
