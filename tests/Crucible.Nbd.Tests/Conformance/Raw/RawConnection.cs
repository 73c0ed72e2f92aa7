using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Crucible.Nbd.Tests.Conformance.Raw;

/// <summary>A client's end of a connection, on which bytes are sent and expected. Nothing waits longer than a deadline.</summary>
internal sealed class RawConnection : IAsyncDisposable
{
    /// <summary>Longer than any answer takes, even on a machine that is busy with others.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;
    private Stream _stream;

    private RawConnection(Socket socket)
    {
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    public static async Task<RawConnection> ConnectAsync(EndPoint address)
    {
        var isUnix = address is UnixDomainSocketEndPoint;
        var socket = new Socket(address.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        if (!isUnix)
        {
            socket.NoDelay = true;
        }

        await socket.ConnectAsync(address).WaitAsync(Patience);
        return new RawConnection(socket);
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        await _stream.WriteAsync(bytes).AsTask().WaitAsync(Patience);
        await _stream.FlushAsync().WaitAsync(Patience);
    }

    /// <summary>Sends each byte by itself, so that the server sees many short pieces.</summary>
    public async Task SendByteByByteAsync(ReadOnlyMemory<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            await SendAsync(bytes.Slice(i, 1));
        }
    }

    /// <summary>Sends what the server takes before it closes, which it may do early.</summary>
    public async Task SendToUnwillingAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await SendAsync(bytes);
        }
        catch (IOException)
        {
            // It closed in the middle, which what is expected afterwards tells.
        }
    }

    public async Task<byte[]> ReceiveAsync(int count)
    {
        var bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes).AsTask().WaitAsync(Patience);
        return bytes;
    }

    public async Task<uint> ReceiveNumberAsync() => Bytes.U32(await ReceiveAsync(sizeof(uint)), 0);

    /// <summary>Whether the server closed; false where it sent something instead.</summary>
    public async Task<bool> IsClosedAsync()
    {
        try
        {
            return await _stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>The server must close.</summary>
    /// <param name="mostBytes">What it may send before that.</param>
    public async Task ExpectEndAsync(int mostBytes = 0)
    {
        for (var bytes = 0; !await IsClosedAsync(); bytes++)
        {
            Assert.True(bytes < mostBytes, "the server sent something instead of closing");
        }
    }

    /// <summary>Takes what comes until the server closes; tells how much it was.</summary>
    public async Task<long> DrainAsync()
    {
        var buffer = new byte[1 << 16];
        long bytes = 0;
        try
        {
            while (await _stream.ReadAsync(buffer).AsTask().WaitAsync(Patience) is > 0 and var read)
            {
                bytes += read;
            }
        }
        catch (IOException)
        {
            // Cut off by the server, which is an end like any other.
        }

        return bytes;
    }

    /// <summary>No more comes from this end, which still listens.</summary>
    public void EndSending()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The server was quicker.
        }
    }

    /// <summary>From here on everything goes over TLS.</summary>
    public async Task UpgradeAsync(SslClientAuthenticationOptions options)
    {
        var secured = new SslStream(_stream);
        _stream = secured;
        await secured.AuthenticateAsClientAsync(options).WaitAsync(Patience);
    }

    /// <summary>Closes at once, without a word.</summary>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
