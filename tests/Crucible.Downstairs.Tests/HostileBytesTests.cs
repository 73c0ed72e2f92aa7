using System.Net;
using System.Net.Sockets;

namespace Crucible.Downstairs.Tests;

[Collection("alone")]
public class HostileBytesTests
{
    private const int Frames = 100_000;
    private const int FramesPerConnection = 40;

    [Fact]
    public void I8_a_crowd_that_never_greets_keeps_no_upstairs_out()
    {
        using var region = new TestRegion();
        using var daemon = new TestDaemon(region);
        var crowd = Enumerable.Range(0, DownstairsLimits.MaxConnections).Select(_ => daemon.Connect()).ToList();

        using (var client = daemon.Activate())
        {
            client.Write(1000, 0, 1, 1);
        }

        crowd.ForEach(c => c.Dispose());
    }

    [Fact]
    public void I8_a_hundred_thousand_broken_frames_disturb_nobody_and_take_no_memory()
    {
        using var region = new TestRegion();
        using var daemon = new TestDaemon(region);
        using var good = daemon.Activate();
        good.Write(1000, 0, 4, 0x5A);
        var fuzzer = new FrameFuzzer(seed: 20240611);
        var greeted = true;
        ulong job = 1001;

        for (var sent = 0; sent < Frames; sent += FramesPerConnection)
        {
            using var socket = Connect(daemon.EndPoint);
            greeted = !greeted;
            IEnumerable<byte[]> frames = Enumerable.Range(0, FramesPerConnection).Select(_ => fuzzer.Next());
            TrySend(socket, (greeted ? frames.Prepend(FrameFuzzer.Greeting) : frames).SelectMany(f => f).ToArray());
            socket.Shutdown(SocketShutdown.Send);
            Drain(socket);
            if (sent % (Frames / 50) == 0)
            {
                Assert.Equal([0x5A, 0x5A, 0x5A, 0x5A], good.Read(job++, 0, 4));
            }
        }

        good.Write(job++, 0, 1, 0x5B);
        good.Flush(job++, 1);
        Assert.Equal([0x5B, 0x5A], good.Read(job, 0, 2));
        daemon.Stop();
        good.ReceiveToEnd();
        good.Dispose();
        Assert.Equal(0, BlockBufferPool.Shared.Outstanding);
    }

    [Fact]
    public void I8_every_prefix_of_every_frame_ends_only_its_own_connection()
    {
        using var region = new TestRegion();
        using var daemon = new TestDaemon(region);
        using var good = daemon.Activate();
        good.Write(1000, 0, 1, 1);

        foreach (var frame in FrameFuzzer.ValidFrames)
        {
            for (var length = 1; length < Math.Min(frame.Length, 160); length++)
            {
                using var socket = Connect(daemon.EndPoint);
                TrySend(socket, [.. FrameFuzzer.Greeting, .. frame.AsSpan(0, length)]);
                socket.Shutdown(SocketShutdown.Send);
                Drain(socket);
            }
        }

        Assert.Equal([1], good.Read(1001, 0, 1));
    }

    [Fact]
    public void Blocks_that_were_damaged_on_the_way_are_not_kept_and_end_the_connection()
    {
        using var region = new TestRegion();
        using var daemon = new TestDaemon(region);
        using var client = daemon.Activate();
        client.Write(1000, 0, 1, 1);
        var data = BlockBufferPool.Shared.Rent(512);
        data.Span.Fill(2);
        var contexts = client.Contexts(data.Span, 0, 1);
        data.Span[100] ^= 4;

        client.Frames.Enqueue(
            new Protocol.WriteHeader(client.Generation, new JobId(1001), default, default, 1, contexts, default), data);
        client.Frames.Flush();
        Assert.Equal([Protocol.MessageKind.Goodbye], client.ReceiveToEnd());

        using var again = daemon.Activate();
        Assert.Equal([1], again.Read(1002, 0, 1));
    }

    private static Socket Connect(IPEndPoint endPoint)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 20_000, LingerState = new LingerOption(true, 0) };
        socket.Connect(endPoint);
        return socket;
    }

    // The daemon may cut us off while we still send.
    private static void TrySend(Socket socket, byte[] bytes)
    {
        try
        {
            socket.Send(bytes);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
        }
    }

    private static void Drain(Socket socket)
    {
        var buffer = new byte[4096];
        try
        {
            while (socket.Receive(buffer) > 0)
            {
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset)
        {
        }
    }
}
