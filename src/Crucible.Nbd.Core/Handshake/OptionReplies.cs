using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Crucible.Nbd;

/// <summary>Writes what the server sends during the handshake.</summary>
internal static class OptionReplies
{
    /// <summary>Bytes of zeroes after the answer to EXPORT_NAME, for clients that did not decline them.</summary>
    public const int ExportNameZeroes = 124;

    private const int HeaderBytes = 20;

    public static void WriteGreeting(IBufferWriter<byte> output)
    {
        var bytes = Claim(output, 18);
        BinaryPrimitives.WriteUInt64BigEndian(bytes, NbdMagic.Greeting);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], NbdMagic.Option);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[16..], (ushort)(NbdHandshakeFlags.FixedNewstyle | NbdHandshakeFlags.NoZeroes));
    }

    /// <summary>The answer to EXPORT_NAME, which looks like no other.</summary>
    public static void WriteExportName(IBufferWriter<byte> output, NbdSession session, bool zeroes)
    {
        var bytes = Claim(output, 10 + (zeroes ? ExportNameZeroes : 0));
        bytes.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(bytes, session.Export.SizeBytes);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[8..], (ushort)session.Flags);
    }

    /// <summary>An answer without data.</summary>
    public static void Write(IBufferWriter<byte> output, uint option, NbdOptionReply reply) => Begin(output, option, reply, 0);

    /// <summary>An error, and why.</summary>
    public static void WriteError(IBufferWriter<byte> output, uint option, NbdOptionReply error, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        Encoding.UTF8.GetBytes(text, Begin(output, option, error, length));
    }

    /// <summary>One export of the list: its name with its length, its description without.</summary>
    public static void WriteServer(IBufferWriter<byte> output, NbdExportInfo export)
    {
        var nameBytes = Encoding.UTF8.GetByteCount(export.Name);
        var data = Begin(output, (uint)NbdOption.List, NbdOptionReply.Server, 4 + nameBytes + Encoding.UTF8.GetByteCount(export.Description));
        BinaryPrimitives.WriteInt32BigEndian(data, nameBytes);
        Encoding.UTF8.GetBytes(export.Name, data[4..]);
        Encoding.UTF8.GetBytes(export.Description, data[(4 + nameBytes)..]);
    }

    public static void WriteExportInfo(IBufferWriter<byte> output, uint option, NbdExportInfo export, NbdTransmissionFlags flags)
    {
        var data = BeginInfo(output, option, NbdInfo.Export, 10);
        BinaryPrimitives.WriteUInt64BigEndian(data, export.SizeBytes);
        BinaryPrimitives.WriteUInt16BigEndian(data[8..], (ushort)flags);
    }

    public static void WriteBlockSizeInfo(IBufferWriter<byte> output, uint option, NbdExportInfo export)
    {
        var data = BeginInfo(output, option, NbdInfo.BlockSize, 12);
        BinaryPrimitives.WriteUInt32BigEndian(data, NbdLimits.MinBlockBytes);
        BinaryPrimitives.WriteUInt32BigEndian(data[4..], export.PreferredBlockBytes);
        BinaryPrimitives.WriteUInt32BigEndian(data[8..], NbdLimits.MaxPayloadBytes);
    }

    public static void WriteTextInfo(IBufferWriter<byte> output, uint option, NbdInfo info, string text) =>
        Encoding.UTF8.GetBytes(text, BeginInfo(output, option, info, Encoding.UTF8.GetByteCount(text)));

    /// <param name="output">Where it goes.</param>
    /// <param name="option">LIST_META_CONTEXT, whose ids are zeroes, or SET_META_CONTEXT.</param>
    /// <param name="context">Which.</param>
    public static void WriteContext(IBufferWriter<byte> output, NbdOption option, NbdContext context)
    {
        var name = NbdContexts.NameOf(context);
        var data = Begin(output, (uint)option, NbdOptionReply.MetaContext, 4 + name.Length);
        BinaryPrimitives.WriteUInt32BigEndian(data, option == NbdOption.SetMetaContext ? (uint)context : 0);
        name.CopyTo(data[4..]);
    }

    private static Span<byte> BeginInfo(IBufferWriter<byte> output, uint option, NbdInfo info, int length)
    {
        var data = Begin(output, option, NbdOptionReply.Info, 2 + length);
        BinaryPrimitives.WriteUInt16BigEndian(data, (ushort)info);
        return data[2..];
    }

    private static Span<byte> Begin(IBufferWriter<byte> output, uint option, NbdOptionReply reply, int length)
    {
        var bytes = Claim(output, HeaderBytes + length);
        BinaryPrimitives.WriteUInt64BigEndian(bytes, NbdMagic.OptionReply);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], option);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[12..], (uint)reply);
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], length);
        return bytes[HeaderBytes..];
    }

    // The span stays valid until the writer is asked for room again: what is written to it afterwards counts.
    private static Span<byte> Claim(IBufferWriter<byte> output, int length)
    {
        var bytes = output.GetSpan(length)[..length];
        output.Advance(length);
        return bytes;
    }
}
