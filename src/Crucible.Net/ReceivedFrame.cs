using Crucible.Protocol;

namespace Crucible.Net;

/// <summary>A frame as it arrived. Header and payload are borrowed until the connection's next receive.</summary>
public readonly ref struct ReceivedFrame
{
    internal ReceivedFrame(FrameHeader header, ReadOnlyMemory<byte> payload)
    {
        Header = header;
        Payload = payload;
    }

    /// <summary>The header, proved by its CRC.</summary>
    public FrameHeader Header { get; }

    /// <summary>The raw blocks; empty where the message has none. Not proved yet: their contexts do that.</summary>
    public ReadOnlyMemory<byte> Payload { get; }
}
