using Crucible.Protocol;

namespace Crucible.Net.Tests;

public sealed class FrameConnectionTests
{
    private readonly BlockBufferPool _pool = new();

    [Fact]
    public void Frames_of_every_size_arrive_whole_and_in_order()
    {
        var sizes = new Random(1);
        var lengths = Enumerable.Range(0, 600).Select(i => (i % 4) switch
        {
            0 => 0,
            1 => sizes.Next(1, 5000),
            2 => sizes.Next(1, 70_000),
            _ => sizes.Next(1, WireLimits.MaxPayloadBytes + 1),
        }).ToArray();
        using (var pair = new LoopbackPair(_pool))
        {
            var sender = new Thread(() =>
            {
                for (var i = 0; i < lengths.Length; i++)
                {
                    Send(pair.Client, i, lengths[i]);
                    if (i % 3 == 0)
                    {
                        pair.Client.Flush();
                    }
                }

                pair.Client.Flush();
            });
            sender.Start();

            var next = 0;
            while (next < lengths.Length && pair.Server.Receive())
            {
                while (pair.Server.TryTake(out var frame))
                {
                    var header = frame.Header.Read<ReadAckHeader>();
                    Assert.Equal((ulong)next, header.Job.Value);
                    Assert.Equal(lengths[next], frame.Payload.Length);
                    Assert.False(frame.Payload.Span.ContainsAnyExcept((byte)(next % 256)));
                    next++;
                }
            }

            sender.Join();
            Assert.Equal(lengths.Length, next);
        }

        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void I5_a_peer_that_does_not_read_costs_the_sender_no_time()
    {
        using (var pair = new LoopbackPair(_pool))
        {
            for (var i = 0; i < 64; i++)
            {
                Send(pair.Client, i, WireLimits.MaxPayloadBytes);
                pair.Client.Flush();
            }

            // The loop ended though nobody reads and the socket's buffers are full: the rest waits in the connection.
            Assert.True(pair.Client.QueuedBytes > 0);
        }

        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void A_peer_that_reads_late_gets_everything()
    {
        using (var pair = new LoopbackPair(_pool))
        {
            for (var i = 0; i < 40; i++)
            {
                Send(pair.Client, i, WireLimits.MaxPayloadBytes);
                pair.Client.Flush();
            }

            var received = 0;
            while (received < 40 && pair.Server.Receive())
            {
                while (pair.Server.TryTake(out var frame))
                {
                    Assert.Equal((ulong)received++, frame.Header.Read<ReadAckHeader>().Job.Value);
                }
            }

            Assert.Equal(40, received);
        }

        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void Shutdown_ends_a_receive_that_waits()
    {
        using var pair = new LoopbackPair(_pool);
        using var about = new ManualResetEventSlim();
        var ended = false;
        var receiver = new Thread(() =>
        {
            about.Set();
            ended = !pair.Server.Receive();
        });
        receiver.Start();
        about.Wait();

        pair.Server.Shutdown();

        Assert.True(receiver.Join(TimeSpan.FromSeconds(10)));
        Assert.True(ended);
    }

    [Fact]
    public void A_receive_gives_up_after_its_timeout()
    {
        using var pair = new LoopbackPair(_pool);
        pair.Server.ReceiveTimeout = TimeSpan.FromMilliseconds(20);

        Assert.False(pair.Server.Receive());
    }

    [Fact]
    public void I8_a_length_beyond_the_limit_is_a_violation_and_takes_no_memory()
    {
        using var pair = new LoopbackPair(_pool);
        pair.RawClient.Send([0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7e, 1, 2, 3, 4]);

        Assert.True(pair.Server.Receive());
        Assert.Throws<ProtocolViolationException>(() => pair.Server.TryTake(out _));
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void Sending_and_receiving_small_frames_allocates_nothing()
    {
        using var pair = new LoopbackPair(_pool);
        RoundTrips(pair, 2000);
        var before = GC.GetAllocatedBytesForCurrentThread();

        RoundTrips(pair, 2000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void RoundTrips(LoopbackPair pair, int count)
    {
        for (var i = 0; i < count; i++)
        {
            Send(pair.Client, i, 4096);
            pair.Client.Flush();
            var arrived = false;
            while (!arrived)
            {
                Invariant.Require(pair.Server.Receive());
                while (pair.Server.TryTake(out var frame))
                {
                    Invariant.Require(frame.Header.Read<ReadAckHeader>().Job.Value == (ulong)i);
                    arrived = true;
                }
            }
        }
    }

    private void Send(FrameConnection connection, int index, int payloadBytes)
    {
        var header = new ReadAckHeader(new JobId((ulong)index), ErrorCode.None, ReadOnlyMemory<byte>.Empty);
        if (payloadBytes == 0)
        {
            connection.Enqueue(header);
            return;
        }

        var payload = _pool.Rent(payloadBytes);
        payload.Span.Fill((byte)(index % 256));
        connection.Enqueue(header, payload);
    }
}
