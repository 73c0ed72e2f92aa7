using Crucible.Protocol;

namespace Crucible.Upstairs.Tests;

public sealed class AllocationTests
{
    [Fact]
    public void Writes_reads_flushes_and_their_answers_allocate_nothing_in_the_steady_state()
    {
        var downstairs = Cluster.Blank();
        using (Cluster.Opened(null, downstairs))
        {
        }

        var engine = new SilentEngine(downstairs);
        engine.Rounds(4_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        engine.Rounds(100_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        engine.Core.Close(default);
        Assert.Equal(0, engine.Pool.Outstanding);
    }

    /// <summary>Does what the core wants at once, and keeps nothing.</summary>
    private sealed class SilentEngine : IUpstairsOutput
    {
        private readonly FakeDownstairs[] _downstairs;
        private readonly Queue<(ReplicaId Replica, object Message)> _activation = new();
        private readonly TestRequest _request = new();
        private JobId _sent;
        private int _completed;
        private bool _isActive;
        private ReplicaId _reader;

        public SilentEngine(FakeDownstairs[] downstairs)
        {
            _downstairs = downstairs;
            Core = new UpstairsCore(Cluster.Settings with { Session = new SessionId(Guid.NewGuid()) }, this);
            Core.Start(default);
            for (byte i = 0; i < 3; i++)
            {
                Core.OnConnected(new ReplicaId(i), default);
            }

            while (_activation.TryDequeue(out var next))
            {
                Answer(next.Replica, _downstairs[next.Replica.Value].Handle(next.Message)!);
            }

            Assert.Equal(VolumeState.Active, Core.State);
            _isActive = true;
        }

        public UpstairsCore Core { get; }

        public BlockBufferPool Pool { get; } = new();

        public void Rounds(int count)
        {
            for (var i = 0; i < count; i++)
            {
                Begin((i % 10) switch { 0 => RequestKind.Flush, 1 or 2 => RequestKind.Read, _ => RequestKind.Write }, (ulong)(i * 7L % 90));
            }

            Assert.True(Core.Replicas[0].OutstandingJobs == 0);
        }

        public void Connect(ReplicaId replica, TimeSpan delay)
        {
        }

        public void Disconnect(ReplicaId replica, string reason) => Assert.Equal("closed", reason);

        public void Send<T>(ReplicaId to, in T header)
            where T : struct, IWireHeader<T>
        {
            if (!_isActive)
            {
                _activation.Enqueue((to, header));
            }
        }

        public void SendWrite(ReplicaId to, in WriteHeader header, BlockBuffer blocks) => _sent = header.Job;

        public void SendWriteZeroes(ReplicaId to, in WriteZeroesHeader header) => _sent = header.Job;

        public void SendDiscard(ReplicaId to, in DiscardHeader header) => _sent = header.Job;

        public void SendRead(ReplicaId to, in ReadHeader header) => (_reader, _sent) = (to, header.Job);

        public void SendReadStates(ReplicaId to, in ReadStatesHeader header) => (_reader, _sent) = (to, header.Job);

        public void SendFlush(ReplicaId to, in FlushHeader header) => _sent = header.Job;

        public void SendRepairWrite(ReplicaId to, in RepairWriteHeader header, BlockBuffer? blocks) => blocks?.Dispose();

        public void Complete(GuestRequest request, ErrorCode result) => _completed++;

        public void JobIssued(Job job)
        {
        }

        public void JobRetired(JobId job, GuestRequestId request)
        {
        }

        public void ReplicaChanged(ReplicaId replica, ReplicaState from, ReplicaState to, string cause)
        {
        }

        public void VolumeChanged(VolumeState state, VolumeFailure failure, string cause)
        {
        }

        private void Begin(RequestKind kind, ulong block)
        {
            _request.Begin(kind, Pool, kind == RequestKind.Flush ? [] : [(block, 2)]);
            _completed = 0;
            Core.Submit(_request, default);
            if (kind == RequestKind.Read)
            {
                var job = Core.BeginDelivery(_reader, _sent, default);
                Core.EndDelivery(_reader, job!, ErrorCode.None, default);
            }
            else
            {
                for (byte i = 0; i < 3; i++)
                {
                    Core.OnJobAck(new ReplicaId(i), new JobAckHeader(_sent, ErrorCode.None), default);
                }
            }

            Assert.True(_completed == 1);
        }

        private void Answer(ReplicaId id, object answer)
        {
            switch (answer)
            {
                case YesItsMeHeader m: Core.OnYesItsMe(id, m, default); break;
                case YouAreNowActiveHeader m: Core.OnYouAreNowActive(id, m, default); break;
                case RegionInfoHeader m: Core.OnRegionInfo(id, m, default); break;
                case ExtentVersionsHeader m: Core.OnExtentVersions(id, m, default); break;
                default: Core.OnJobAck(id, (JobAckHeader)answer, default); break;
            }
        }
    }
}
