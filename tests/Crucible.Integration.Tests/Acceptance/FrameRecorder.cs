using System.Net;
using System.Net.Sockets;

namespace Crucible.Integration.Tests.Acceptance;

/// <summary>Stands between an upstairs and a downstairs, and keeps what passes of their first connection.</summary>
internal sealed class FrameRecorder : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly MemoryStream _toDownstairs = new();
    private readonly MemoryStream _toUpstairs = new();
    private readonly Task _passing;

    /// <param name="downstairsPort">On the loopback interface.</param>
    public FrameRecorder(int downstairsPort)
    {
        _listener.Start();
        _passing = PassAsync(downstairsPort);
    }

    /// <summary>For -t.</summary>
    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>What went each way, once the connection has ended.</summary>
    public async Task<(byte[] ToDownstairs, byte[] ToUpstairs)> FinishAsync(TimeSpan patience)
    {
        await _passing.WaitAsync(patience);
        return (_toDownstairs.ToArray(), _toUpstairs.ToArray());
    }

    public void Dispose() => _listener.Dispose();

    private async Task PassAsync(int downstairsPort)
    {
        using var upstairs = await _listener.AcceptTcpClientAsync();
        using var downstairs = new TcpClient();
        await downstairs.ConnectAsync(IPAddress.Loopback, downstairsPort);
        await Task.WhenAll(
            CopyAsync(upstairs.Client, downstairs.Client, _toDownstairs), CopyAsync(downstairs.Client, upstairs.Client, _toUpstairs));
    }

    private static async Task CopyAsync(Socket from, Socket to, MemoryStream record)
    {
        var buffer = new byte[1 << 16];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var received)
            {
                await record.WriteAsync(buffer.AsMemory(0, received));
                await to.SendAsync(buffer.AsMemory(0, received));
            }

            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // One side has gone without reading all; what it was sent is recorded.
            to.Dispose();
        }
    }
}
