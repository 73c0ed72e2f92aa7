namespace Crucible.Protocol.Tests;

/// <summary>A message with a different value in each field.</summary>
internal abstract class Sample
{
    public abstract MessageKind Kind { get; }

    /// <summary>The whole frame.</summary>
    public abstract byte[] Encode();

    /// <summary>Reads the fields, and gives them back as a frame without the payload's bytes.</summary>
    public abstract byte[] ReadAndEncode(in FrameHeader header);

    /// <summary>Reads the fields as a receiver does, and throws what it throws.</summary>
    public abstract void Read(in FrameHeader header);

    public static Sample Of<T>(T header, int payloadBytes = 0)
        where T : struct, IWireHeader<T> => new Typed<T>(header, payloadBytes);

    public override string ToString() => Kind.ToString();

    private sealed class Typed<T>(T header, int payloadBytes) : Sample
        where T : struct, IWireHeader<T>
    {
        public override MessageKind Kind => T.Kind;

        public override byte[] Encode()
        {
            var payload = new byte[payloadBytes];
            for (var i = 0; i < payload.Length; i++)
            {
                payload[i] = (byte)(i * 7 % 251);
            }

            return Frames.Encode(header, payload);
        }

        public override byte[] ReadAndEncode(in FrameHeader opened)
        {
            var buffer = new HeaderBuffer();
            FrameEncoder.Append(buffer, opened.Read<T>(), payloadBytes);
            return buffer.Written.ToArray();
        }

        public override void Read(in FrameHeader opened) => opened.Read<T>();
    }
}
