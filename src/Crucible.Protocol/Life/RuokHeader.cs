using MessagePack;

namespace Crucible.Protocol;

/// <summary>Are you there?</summary>
/// <param name="Sequence">Comes back in the answer.</param>
public readonly record struct RuokHeader(ulong Sequence) : IWireHeader<RuokHeader>
{
    public static MessageKind Kind => MessageKind.Ruok;

    public static int FieldCount => 1;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Sequence);
    }

    public static RuokHeader Read(ref MessagePackReader reader) => new(
        reader.ReadUInt64());
}
