using Crucible.Net;
using Crucible.Protocol;

namespace Crucible.Downstairs.Tests;

[Collection("alone")]
public class AllocationTests
{
    private const int Depth = 32;
    private const int Rounds = 1000;
    private const int Windows = 6;
    private const uint BlocksPerJob = 8;

    [Fact]
    public void A_hundred_thousand_jobs_allocate_less_than_a_byte_each()
    {
        using var region = new TestRegion(new RegionDefinition(512, 4096, 4), journalBytes: 32 << 20);
        using var daemon = new TestDaemon(region);
        using var client = daemon.Activate();
        var load = new Load(client);

        // Pools and queues grow to what the unluckiest moment so far needed, and on a busy machine such moments come late:
        // one window in which nothing had to grow shows that a job itself takes nothing.
        var least = double.MaxValue;
        load.Run(200);
        for (var window = 0; window < Windows && least >= 1; window++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            load.Run(Rounds);
            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)load.LastJobs);
        }

        Assert.True(load.LastJobs >= 100_000);
        Assert.True(least < 1, $"{least} bytes a job");
    }

    /// <summary>Rounds of writes, reads and a flush, all in flight together, that allocate nothing themselves.</summary>
    private sealed class Load
    {
        private readonly TestClient _client;
        private readonly byte[][] _contexts;
        private ulong _job = 1000;
        private ulong _flush = 1;

        public Load(TestClient client)
        {
            _client = client;
            var zeroes = new byte[BlocksPerJob * 512];
            _contexts = [.. Enumerable.Range(0, Depth * 2).Select(i => client.Contexts(zeroes, (ulong)i * 64, BlocksPerJob))];
        }

        public int LastJobs { get; private set; }

        public void Run(int rounds)
        {
            LastJobs = 0;
            for (var round = 0; round < rounds; round++)
            {
                SendRound();
                for (var missing = (3 * Depth) + 5; missing > 0; missing--)
                {
                    Take();
                    LastJobs++;
                }
            }
        }

        private void SendRound()
        {
            for (var i = 0; i < Depth * 2; i++)
            {
                var data = BlockBufferPool.Shared.Rent((int)BlocksPerJob * 512);
                data.Span.Clear();
                _client.Frames.Enqueue(
                    new WriteHeader(
                        _client.Generation, new JobId(_job++), default, new BlockIndex((ulong)i * 64), BlocksPerJob, _contexts[i], default),
                    data);
                if (i % 2 == 0)
                {
                    _client.QueueRead(_job++, (ulong)i * 64, BlocksPerJob);
                }
            }

            for (var i = 0; i < 5; i++)
            {
                _client.QueueFlush(_job++, _flush++);
            }

            _client.Frames.Flush();
        }

        private void Take()
        {
            ReceivedFrame frame;
            while (!_client.Frames.TryTake(out frame))
            {
                Assert.True(_client.Frames.Receive());
            }

            var result = frame.Header.Kind == MessageKind.ReadAck
                ? frame.Header.Read<ReadAckHeader>().Result
                : frame.Header.Read<JobAckHeader>().Result;
            if (result != ErrorCode.None)
            {
                Assert.Fail($"a job failed: {result}");
            }
        }
    }
}
