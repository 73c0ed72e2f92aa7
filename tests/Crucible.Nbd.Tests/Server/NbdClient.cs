using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Crucible.Nbd.Tests.Server;

/// <summary>A small client that blocks, with half a minute of patience. Its bytes are put together by hand.</summary>
internal sealed class NbdClient : IDisposable
{
    private readonly Socket _socket;
    private Stream _stream;

    public NbdClient(EndPoint endPoint)
    {
        _socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 30_000, SendTimeout = 30_000 };
        _socket.Connect(endPoint);
        _stream = new NetworkStream(_socket, ownsSocket: true);
    }

    public ulong Size { get; private set; }

    /// <summary>Takes the greeting and sends the client's flags.</summary>
    public void Begin()
    {
        Assert.Equal("NBDMAGICIHAVEOPT\0\u0003", Encoding.Latin1.GetString(Take(18)));
        Send([0, 0, 0, 3]);
    }

    /// <summary>Sends an option; tells the last answer's type.</summary>
    public uint Ask(uint option, params byte[] data)
    {
        var head = new byte[16];
        Encoding.ASCII.GetBytes("IHAVEOPT", head);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(8), option);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(12), data.Length);
        Send([.. head, .. data]);
        while (true)
        {
            var reply = Take(20);
            Assert.Equal(option, BinaryPrimitives.ReadUInt32BigEndian(reply.AsSpan(8)));
            var type = BinaryPrimitives.ReadUInt32BigEndian(reply.AsSpan(12));
            var info = Take(BinaryPrimitives.ReadInt32BigEndian(reply.AsSpan(16)));
            if (type == 3 && info is [0, 0, ..])
            {
                Size = BinaryPrimitives.ReadUInt64BigEndian(info.AsSpan(2));
            }

            if (type is not (2 or 3 or 4))
            {
                return type;
            }
        }
    }

    public void Go(string export, bool structured = false)
    {
        if (structured)
        {
            Assert.Equal(1u, Ask(8));
        }

        Assert.Equal(1u, Ask(7, [0, 0, 0, (byte)export.Length, .. Encoding.ASCII.GetBytes(export), 0, 0]));
    }

    public void StartTls(SslClientAuthenticationOptions options)
    {
        Assert.Equal(1u, Ask(5));
        var tls = new SslStream(_stream);
        tls.AuthenticateAsClient(options);
        _stream = tls;
    }

    public void Request(int command, ulong cookie, ulong offset, uint length, byte[]? payload = null, int flags = 0) =>
        Send([.. Head(command, cookie, offset, length, flags), .. payload ?? []]);

    /// <summary>A request's head.</summary>
    public static byte[] Head(int command, ulong cookie, ulong offset, uint length, int flags = 0)
    {
        var head = new byte[28];
        BinaryPrimitives.WriteUInt32BigEndian(head, 0x25609513);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(4), (ushort)flags);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(6), (ushort)command);
        BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(8), cookie);
        BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(16), offset);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(24), length);
        return head;
    }

    /// <summary>The head of a simple reply.</summary>
    public (ulong Cookie, uint Error) Reply()
    {
        var reply = Take(16);
        Assert.Equal(0x67446698u, BinaryPrimitives.ReadUInt32BigEndian(reply));
        return (BinaryPrimitives.ReadUInt64BigEndian(reply.AsSpan(8)), BinaryPrimitives.ReadUInt32BigEndian(reply.AsSpan(4)));
    }

    /// <summary>One chunk of a structured reply.</summary>
    public (ulong Cookie, int Flags, int Type, byte[] Payload) Chunk()
    {
        var head = Take(20);
        Assert.Equal(0x668e33efu, BinaryPrimitives.ReadUInt32BigEndian(head));
        return (
            BinaryPrimitives.ReadUInt64BigEndian(head.AsSpan(8)), BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(4)),
            BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(6)), Take(BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(16))));
    }

    public void Write(ulong offset, byte[] data, int flags = 0)
    {
        Request(1, offset, offset, (uint)data.Length, data, flags);
        Assert.Equal((offset, 0u), Reply());
    }

    public byte[] Read(ulong offset, int length)
    {
        Request(0, offset, offset, (uint)length);
        Assert.Equal((offset, 0u), Reply());
        return Take(length);
    }

    public void Send(byte[] bytes) => _stream.Write(bytes);

    public byte[] Take(int count)
    {
        var bytes = new byte[count];
        Fill(bytes);
        return bytes;
    }

    public void Fill(byte[] bytes) => _stream.ReadExactly(bytes);

    /// <summary>Whether the server has ended the stream, once everything it sent was taken.</summary>
    public bool IsEnded()
    {
        try
        {
            return _stream.Read(new byte[1]) == 0;
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return true;
        }
    }

    public void Dispose() => _socket.Dispose();
}
