using System.Net;
using System.Net.Sockets;

namespace Crucible.Integration.Tests.Faults.Network;

/// <summary>One connection through a <see cref="FaultyProxy"/>: two sockets, and what passes between them.</summary>
internal sealed class ProxiedConnection(FaultyProxy proxy, Socket upstairs) : IDisposable
{
    private const int BufferBytes = 256 << 10;
    private const int SlowBytes = 2 << 10;

    // One in so many pieces of what passes gets a flipped bit.
    private const int FlipEvery = 50;

    // What a slow link takes for each piece: the fault itself, no wait for anything.
    private static readonly TimeSpan SlowPiece = TimeSpan.FromMilliseconds(20);

    private readonly Socket _downstairs = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>Breaks it, so that both ends get a reset.</summary>
    public void Reset()
    {
        foreach (var socket in new[] { upstairs, _downstairs })
        {
            try
            {
                socket.LingerState = new LingerOption(true, 0);
                socket.Close();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It ended by itself meanwhile.
            }
        }
    }

    /// <summary>Passes on until either end goes away.</summary>
    public async Task RunAsync(IPEndPoint target, CancellationToken token)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(token);
        try
        {
            await proxy.WaitUntilOpenAsync(isAnswer: false, token);
            await _downstairs.ConnectAsync(target, token);
            upstairs.NoDelay = true;
            var questions = PumpAsync(upstairs, _downstairs, isAnswer: false, ended.Token);
            var answers = PumpAsync(_downstairs, upstairs, isAnswer: true, ended.Token);
            await Task.WhenAny(questions, answers);
            await ended.CancelAsync();
            await Task.WhenAll(questions, answers);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Nobody listens there, or it was reset, or it is the end.
        }

        Dispose();
    }

    public void Dispose()
    {
        upstairs.Dispose();
        _downstairs.Dispose();
    }

    private async Task PumpAsync(Socket from, Socket to, bool isAnswer, CancellationToken token)
    {
        var buffer = new byte[BufferBytes];
        var random = new Random(isAnswer ? 1 : 2);
        try
        {
            while (true)
            {
                await proxy.WaitUntilOpenAsync(isAnswer, token);
                var slow = proxy.Fault == LinkFault.Slow;
                var length = await from.ReceiveAsync(buffer.AsMemory(0, slow ? SlowBytes : BufferBytes), token);
                if (length == 0)
                {
                    return;
                }

                await proxy.WaitUntilOpenAsync(isAnswer, token);
                if (proxy.Fault == LinkFault.Slow)
                {
                    await Task.Delay(SlowPiece, token);
                }
                else if (proxy.Fault == LinkFault.FlippedBits && random.Next(FlipEvery) == 0)
                {
                    buffer[random.Next(length)] ^= (byte)(1 << random.Next(8));
                }

                for (var sent = 0; sent < length;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, length - sent), token);
                }

                proxy.Count(length, isAnswer);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One end is gone; so the other goes too.
        }
    }
}
