using MessagePack;

namespace Crucible.Protocol;

/// <summary>Yes.</summary>
/// <param name="Sequence">The question's.</param>
public readonly record struct ImokHeader(ulong Sequence) : IWireHeader<ImokHeader>
{
    public static MessageKind Kind => MessageKind.Imok;

    public static int FieldCount => 1;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Sequence);
    }

    public static ImokHeader Read(ref MessagePackReader reader) => new(
        reader.ReadUInt64());
}
