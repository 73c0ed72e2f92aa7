using MessagePack;

namespace Crucible.Protocol;

/// <summary>The generation is durable and the session may work.</summary>
/// <param name="Generation">The sender's generation.</param>
public readonly record struct YouAreNowActiveHeader(Generation Generation) : IWireHeader<YouAreNowActiveHeader>
{
    public static MessageKind Kind => MessageKind.YouAreNowActive;

    public static int FieldCount => 1;

    public void Write(ref MessagePackWriter writer)
    {
        writer.Write(Generation.Value);
    }

    public static YouAreNowActiveHeader Read(ref MessagePackReader reader) => new(
        new Generation(reader.ReadUInt64()));
}
