using System.Net.Security;
using System.Net.Sockets;

namespace Crucible.Nbd;

/// <summary>
/// A connection under TLS. It can't send without waiting, so all of its replies leave by the connection's writer thread.
/// </summary>
internal sealed class TlsTransport : INbdTransport
{
    /// <summary>How long a peer that reads nothing keeps us from closing.</summary>
    private static readonly TimeSpan GoodbyeTime = TimeSpan.FromSeconds(1);

    private readonly SslStream _stream;

    private TlsTransport(SslStream stream) => _stream = stream;

    /// <summary>Shakes hands, on the calling thread; to give up, shut the socket down.</summary>
    /// <exception cref="System.Security.Authentication.AuthenticationException">The two can't agree, or do not trust each other.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public static TlsTransport Authenticate(Socket socket, SslServerAuthenticationOptions options)
    {
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: false), leaveInnerStreamOpen: false);
        try
        {
            stream.AuthenticateAsServer(options);
            return new TlsTransport(stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public bool Send(ReadOnlySpan<ArraySegment<byte>> pieces, bool wait, out int sentBytes)
    {
        sentBytes = 0;
        if (!wait)
        {
            return true;
        }

        try
        {
            foreach (var piece in pieces)
            {
                _stream.Write(piece);
                sentBytes += piece.Count;
            }

            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            return false;
        }
    }

    public int Receive(ArraySegment<byte> first, ArraySegment<byte> second)
    {
        try
        {
            return _stream.Read(first);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            return 0;
        }
    }

    /// <summary>Tells the peer that the stream ends here. Nobody sends or receives any more.</summary>
    public void Dispose()
    {
#pragma warning disable VSTHRD002 // A thread of the connection's own, with nothing else to do; there is no call that waits by itself.
        try
        {
            _ = _stream.ShutdownAsync().Wait(GoodbyeTime);
        }
        catch (Exception e) when (e is AggregateException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The peer was faster; nobody is left to be told.
        }
#pragma warning restore VSTHRD002

        _stream.Dispose();
    }
}
