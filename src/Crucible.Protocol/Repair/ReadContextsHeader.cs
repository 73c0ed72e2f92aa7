using MessagePack;

namespace Crucible.Protocol;

/// <summary>
/// Ask for the contexts of a block range, without data. A context that is itself damaged or unreadable comes back as 0xFF
/// bytes, for only some blocks are bad.
/// </summary>
/// <param name="Generation">The sender's generation.</param>
/// <param name="Job">Which job.</param>
/// <param name="Start">First block.</param>
/// <param name="BlockCount">How many blocks; all of one extent.</param>
/// <param name="Verify">
/// Also read the blocks and hold them against their contexts: the context of one that is damaged or unreadable comes back
/// as 0xFF bytes too.
/// </param>
public readonly record struct ReadContextsHeader(
    Generation Generation,
    JobId Job,
    BlockIndex Start,
    uint BlockCount,
    bool Verify) : IWireHeader<ReadContextsHeader>
{
    public static MessageKind Kind => MessageKind.ReadContexts;

    public static int FieldCount => 5;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Generation.Value);
        writer.Write(Job.Value);
        writer.Write(Start.Value);
        writer.Write(BlockCount);
        writer.Write(Verify);
    }

    public static ReadContextsHeader Read(ref MessagePackReader reader) => new(
        new Generation(reader.ReadUInt64()),
        new JobId(reader.ReadUInt64()),
        new BlockIndex(reader.ReadUInt64()),
        reader.ReadUInt32(),
        reader.ReadBoolean());
}
