using Crucible.Protocol;

namespace Crucible.Upstairs.Tests;

/// <summary>
/// One core and three fakes, driven by hand: nothing happens but in <see cref="Run"/> and <see cref="Pass"/>. It holds what
/// the core does against what must always be so: each request is answered once, nothing with fewer than two.
/// </summary>
internal sealed class Cluster : IUpstairsOutput, IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(25);

    private readonly SortedDictionary<ulong, ulong> _acknowledged = [];
    private readonly AckMode _ack;

    public Cluster(UpstairsSettings? settings = null, FakeDownstairs[]? downstairs = null, BlockBufferPool? pool = null)
    {
        settings ??= Settings;
        Pool = pool ?? new BlockBufferPool();
        Wires = [.. (downstairs ?? Blank()).Select(one => new Wire(one))];
        _ack = settings.Ack;
        Core = new UpstairsCore(settings, this);
    }

    public static RegionDefinition Definition { get; } = new(512, 100, 10);

    public static UpstairsSettings Settings { get; } = new()
    {
        Upstairs = new UpstairsId(Guid.Parse("00000000-0000-0000-0000-00000000000a")),
        Session = new SessionId(Guid.Parse("00000000-0000-0000-0000-00000000000b")),
        NewVolume = new VolumeId(Guid.Parse("00000000-0000-0000-0000-00000000000c")),
        Ack = AckMode.Quorum,
    };

    public UpstairsCore Core { get; }

    public BlockBufferPool Pool { get; }

    public Wire[] Wires { get; }

    public Instant Now { get; private set; } = new(1_000_000);

    public List<JobId> Retired { get; } = [];

    public List<(VolumeState State, VolumeFailure Failure, string Cause)> Ends { get; } = [];

    public Replica this[int replica] => Core.Replicas[replica];

    public static FakeDownstairs[] Blank() => [new(Definition, 0), new(Definition, 1), new(Definition, 2)];

    /// <summary>A volume that is active on all three.</summary>
    public static Cluster Opened(UpstairsSettings? settings = null, FakeDownstairs[]? downstairs = null)
    {
        var cluster = new Cluster(settings, downstairs);
        cluster.Start();
        Assert.Equal(VolumeState.Active, cluster.Core.State);
        return cluster;
    }

    public void Start()
    {
        Core.Start(Now);
        Run();
    }

    public TestRequest Submit(RequestKind kind, params (ulong Start, uint Count)[] pieces)
    {
        var request = TestRequest.Of(kind, Pool, pieces);
        foreach (var (start, count) in pieces)
        {
            for (uint i = 0; i < count; i++)
            {
                request.AtLeast[start + i] = _acknowledged.GetValueOrDefault(start + i);
            }
        }

        Core.Submit(request, Now);
        return request;
    }

    public TestRequest Write(ulong start, uint count = 1) => Submit(RequestKind.Write, (start, count));

    public TestRequest Read(ulong start, uint count = 1) => Submit(RequestKind.Read, (start, count));

    public TestRequest States(params (ulong Start, uint Count)[] pieces) => Submit(RequestKind.ReadStates, pieces);

    public TestRequest Flush() => Submit(RequestKind.Flush);

    /// <summary>Does and answers everything that can be now.</summary>
    public void Run()
    {
        while (Step(0) | Step(1) | Step(2))
        {
        }
    }

    /// <summary>One thing between the core and a replica, if there is any.</summary>
    public bool Step(int replica)
    {
        var wire = Wires[replica];
        var id = new ReplicaId((byte)replica);
        if (wire.ConnectAt <= Now)
        {
            wire.ConnectAt = Instant.Never;
            wire.IsConnected = wire.IsUp;
            if (wire.IsUp)
            {
                Core.OnConnected(id, Now);
            }
            else
            {
                Core.OnDisconnected(id, "refused", Now);
            }

            return true;
        }

        if (wire.IsHeld || !wire.Inbox.TryPeek(out var message) || wire.KeepsBack(message))
        {
            return false;
        }

        wire.Inbox.Dequeue();
        if (wire.Downstairs.Handle(message) is { } answer)
        {
            Core.OnHeard(id, Now);
            Deliver(id, answer);
        }

        return true;
    }

    /// <summary>Whom the repair under way copies from.</summary>
    public int RepairSource() => Core.RepairAt(Now)!.Value.Source!.Value.Value;

    /// <summary>Lets time go by, tick by tick.</summary>
    public void Pass(TimeSpan time)
    {
        for (var end = Now + time; Now < end;)
        {
            Now += Tick;
            Core.OnTick(Now);
            Run();
        }
    }

    /// <summary>Breaks a connection; what was under way either way is lost.</summary>
    public void Cut(int replica, bool comesBack = true)
    {
        var wire = Wires[replica];
        wire.IsUp = comesBack;
        wire.Inbox.Clear();
        if (wire.IsConnected)
        {
            wire.IsConnected = false;
            Core.OnDisconnected(new ReplicaId((byte)replica), "cut", Now);
        }
    }

    /// <summary>Hands an answer to the core as the engine does.</summary>
    public void Deliver(ReplicaId id, object answer)
    {
        switch (answer)
        {
            case YesItsMeHeader m: Core.OnYesItsMe(id, m, Now); break;
            case RefusedHeader m: Core.OnRefused(id, m, Now); break;
            case YouAreNowActiveHeader m: Core.OnYouAreNowActive(id, m, Now); break;
            case YouAreNoLongerActiveHeader m: Core.OnYouAreNoLongerActive(id, m, Now); break;
            case RegionInfoHeader m: Core.OnRegionInfo(id, m, Now); break;
            case ExtentVersionsHeader m: Core.OnExtentVersions(id, m, Now); break;
            case StatesAckHeader m: Core.OnStates(id, m, Now); break;
            case ContextsAckHeader m: Core.OnContexts(id, m, Now); break;
            case JobAckHeader m: Core.OnJobAck(id, m, Now); break;
            case ReadAnswer { Job.IsControl: true } m: DeliverRepair(id, m); break;
            case ReadAnswer m: DeliverRead(id, m); break;
        }
    }

    public void Dispose()
    {
        Core.Close(Now);
        Assert.Equal(0, Core.JobCount);
        Assert.Equal(0, Core.HeldBytes);
        Assert.Equal(0, Pool.Outstanding);
    }

    void IUpstairsOutput.Connect(ReplicaId replica, TimeSpan delay) => Wires[replica.Value].ConnectAt = Now + delay;

    void IUpstairsOutput.Disconnect(ReplicaId replica, string reason)
    {
        Wires[replica.Value].IsConnected = false;
        Wires[replica.Value].Inbox.Clear();
    }

    void IUpstairsOutput.Send<T>(ReplicaId to, in T header) => Post(to, header);

    void IUpstairsOutput.SendWrite(ReplicaId to, in WriteHeader header, BlockBuffer blocks)
    {
        Assert.Equal((int)header.BlockCount * 512, blocks.Length);
        Assert.Equal((int)header.BlockCount * 16, header.Contexts.Length);
        Post(to, header);
    }

    void IUpstairsOutput.SendWriteZeroes(ReplicaId to, in WriteZeroesHeader header) => Post(to, header);

    void IUpstairsOutput.SendDiscard(ReplicaId to, in DiscardHeader header) => Post(to, header);

    void IUpstairsOutput.SendRead(ReplicaId to, in ReadHeader header) => Post(to, header);

    void IUpstairsOutput.SendReadStates(ReplicaId to, in ReadStatesHeader header) => Post(to, header);

    void IUpstairsOutput.SendFlush(ReplicaId to, in FlushHeader header) => Post(to, header);

    void IUpstairsOutput.SendRepairWrite(ReplicaId to, in RepairWriteHeader header, BlockBuffer? blocks)
    {
        blocks?.Dispose();
        Post(to, header with { Contexts = header.Contexts.ToArray() });
    }

    void IUpstairsOutput.Complete(GuestRequest request, ErrorCode result)
    {
        var done = (TestRequest)request;
        Assert.Null(done.Outcome);
        done.Outcome = result;
        if (result != ErrorCode.None || done.Kind.IsRead())
        {
            return;
        }

        if (done.Kind == RequestKind.Flush || _ack == AckMode.Quorum)
        {
            for (var i = 0UL; i < (ulong)done.JobCount; i++)
            {
                var job = new JobId(done.FirstJob.Value + i);
                Assert.True(Wires.Count(wire => wire.Downstairs.Holds(job)) >= 2, $"job {job} is not held by two");
            }
        }

        var piece = 0UL;
        foreach (var (start, count, _, _) in done.Pieces)
        {
            var job = done.FirstJob.Value + piece++;
            for (uint i = 0; i < count; i++)
            {
                _acknowledged[start.Value + i] = Math.Max(_acknowledged.GetValueOrDefault(start.Value + i), job);
            }
        }
    }

    void IUpstairsOutput.JobIssued(Job job)
    {
    }

    void IUpstairsOutput.JobRetired(JobId job, GuestRequestId request)
    {
        Assert.DoesNotContain(job, Retired);
        Retired.Add(job);
    }

    void IUpstairsOutput.ReplicaChanged(ReplicaId replica, ReplicaState from, ReplicaState to, string cause)
    {
    }

    void IUpstairsOutput.VolumeChanged(VolumeState state, VolumeFailure failure, string cause) => Ends.Add((state, failure, cause));

    private void Post(ReplicaId to, object message)
    {
        var wire = Wires[to.Value];
        if (wire.IsConnected)
        {
            wire.Inbox.Enqueue(message);
            wire.Sent.Add(message);
        }
    }

    private void DeliverRead(ReplicaId id, ReadAnswer answer)
    {
        if (Core.BeginDelivery(id, answer.Job, Now) is not { } job)
        {
            return;
        }

        if (answer.Result == ErrorCode.None && job.Request is TestRequest request)
        {
            for (var i = 0; i < answer.Values.Length; i++)
            {
                var block = job.Start.Value + (ulong)i;
                request.Read[block] = answer.Values[i];
                Assert.True(answer.Values[i] >= request.AtLeast[block], $"block {block} read as of job {answer.Values[i]}");
            }
        }

        Core.EndDelivery(id, job, answer.Result, Now);
    }

    private void DeliverRepair(ReplicaId id, ReadAnswer answer)
    {
        var blocks = answer.Result == ErrorCode.None ? Pool.Rent(answer.Values.Length * 512) : null;
        Core.OnRepairBlocks(id, answer.Job, answer.Result, answer.Contexts, blocks, Now);
    }
}
