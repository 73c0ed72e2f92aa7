using System.Net.Sockets;
using System.Security.Authentication;
using Crucible.Protocol;

namespace Crucible.Nbd;

/// <summary>Takes a connection through its handshake, on the connection's thread and within the time that there is for it.</summary>
internal sealed class HandshakeRunner(NbdServer server, Socket socket)
{
    /// <summary>Shakes hands.</summary>
    /// <param name="transport">What the connection runs on; replaced when it becomes one of TLS.</param>
    /// <param name="receiver">What has arrived behind the handshake is in it.</param>
    /// <returns>What was agreed, or null and why not; no reason where the client wanted to end.</returns>
    public (NbdSession? Session, string Reason) Run(ref INbdTransport transport, out ByteReceiver receiver)
    {
        receiver = new ByteReceiver(transport);
        using var deadline = new Timer(
            static socket => End((Socket)socket!), socket, server.Options.HandshakeTimeout, Timeout.InfiniteTimeSpan);
        var handshake = new NbdHandshake(server.Exports.List, server.TlsPolicy);
        var output = new HeaderBuffer();
        NbdHandshake.Greet(output);
        while (SendAll(transport, output))
        {
            switch (handshake.State)
            {
                case NbdHandshakeState.Transmission:
                    return (handshake.Session, string.Empty);
                case NbdHandshakeState.Closed:
                    return (null, handshake.CloseReason);
                case NbdHandshakeState.StartTls:
                    if (!TryStartTls(ref transport, out var reason))
                    {
                        return (null, reason);
                    }

                    receiver.Switch(transport);
                    handshake.OnTlsEstablished();
                    break;
                default:
                    break;
            }

            if (!receiver.Receive())
            {
                break;
            }

            receiver.Take(handshake.Receive(receiver.Arrived, output));
        }

        return (null, "the client is gone, or took too long to shake hands");
    }

    private bool TryStartTls(ref INbdTransport transport, out string reason)
    {
        try
        {
            transport = TlsTransport.Authenticate(socket, server.TlsAuthentication!);
            reason = string.Empty;
            return true;
        }
        catch (Exception e) when (e is AuthenticationException or IOException or InvalidOperationException)
        {
            reason = $"no TLS: {e.Message}";
            return false;
        }
    }

    private static bool SendAll(INbdTransport transport, HeaderBuffer output)
    {
        for (var sent = 0; sent < output.Length;)
        {
            if (!transport.Send([new ArraySegment<byte>(output.Array, sent, output.Length - sent)], wait: true, out var part))
            {
                return false;
            }

            sent += part;
        }

        output.Clear();
        return true;
    }

    private static void End(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is gone already.
        }
    }
}
