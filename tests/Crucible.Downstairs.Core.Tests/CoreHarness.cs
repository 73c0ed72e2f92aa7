using Crucible.Protocol;

namespace Crucible.Downstairs.Core.Tests;

/// <summary>A core with a small region (4 extents of 10 blocks of 512 bytes), driven by real frames.</summary>
internal sealed class CoreHarness
{
    public static readonly RegionDefinition Definition = new(512, 10, 4);
    public static readonly VolumeId Volume = new(new Guid("11111111-1111-1111-1111-111111111111"));
    public static readonly SessionId Session = new(new Guid("22222222-2222-2222-2222-222222222222"));
    public static readonly SessionId OtherSession = new(new Guid("33333333-3333-3333-3333-333333333333"));

    private int _connections;

    public CoreHarness(RegionFacts? facts = null, bool servedReadOnly = false)
    {
        Output = new RecordingOutput();
        if (facts is { } given)
        {
            Output.Facts = given;
        }

        Core = new DownstairsCore(Output, Definition, new RegionId(Guid.Empty), servedReadOnly);
    }

    public RecordingOutput Output { get; }

    public DownstairsCore Core { get; }

    public static RegionFacts Held(ulong generation, SessionId session, ulong job, bool faulted = false) => new(
        Volume, new Generation(generation), session, default, false, new Generation(generation), new JobId(job), default, default, false, faulted);

    public static HereIAmHeader Greeting(SessionId session, ulong generation = 0, bool readOnly = false) => new(
        1, (uint)ProtocolVersions.Newest, new UpstairsId(Guid.Empty), session, new Generation(generation), readOnly, false, false);

    /// <summary>A greeted connection; what that recorded is dropped.</summary>
    public Peer Greeted(SessionId? session = null, bool readOnly = false)
    {
        var peer = Core.Connect(new ConnectionId(++_connections));
        Deliver(peer, Greeting(session ?? Session, readOnly: readOnly));
        Output.Take();
        return peer;
    }

    /// <summary>An active connection; what that recorded is dropped.</summary>
    public Peer ActivePeer(ulong generation = 1, SessionId? session = null)
    {
        var peer = Greeted(session);
        Deliver(peer, new PromoteToActiveHeader(new Generation(generation), session ?? Session, Volume));
        Core.OnPromoted(peer, ErrorCode.None);
        Assert.Equal(ConnectionState.Active, peer.State);
        Output.Take();
        return peer;
    }

    public Peer Connect() => Core.Connect(new ConnectionId(++_connections));

    public void Deliver<T>(Peer peer, in T header, byte[]? payload = null)
        where T : struct, IWireHeader<T>
    {
        var buffer = new HeaderBuffer();
        FrameEncoder.Append(buffer, header, payload?.Length ?? 0);
        var bytes = buffer.Written.ToArray();
        var frame = FrameHeader.Open(bytes.AsSpan(0, FramePrefix.SizeBytes), bytes.AsMemory(FramePrefix.SizeBytes), payload?.Length ?? 0);
        Core.OnFrame(peer, frame, payload);
    }

    public void Write(Peer peer, ulong job, ulong block = 0, uint count = 1, ulong generation = 1)
    {
        var payload = new byte[count * Definition.BlockSizeBytes];
        Deliver(peer, WriteOf(job, block, count, generation), payload);
    }

    public void Flush(Peer peer, ulong job, ulong flush, ulong generation = 1) =>
        Deliver(peer, new FlushHeader(new Generation(generation), new JobId(job), default, new FlushNumber(flush), default));

    public void Read(Peer peer, ulong job, ulong block = 0, uint count = 1, ulong generation = 1, JobDependencies dependencies = default) =>
        Deliver(peer, new ReadHeader(new Generation(generation), new JobId(job), dependencies, new BlockIndex(block), count, default));

    public static WriteHeader WriteOf(ulong job, ulong block, uint count, ulong generation, JobDependencies dependencies = default) => new(
        new Generation(generation), new JobId(job), dependencies, new BlockIndex(block), count, Contexts(block, count), default);

    public static byte[] Contexts(ulong block, uint count)
    {
        var contexts = new byte[count * BlockContext.PlainSizeBytes];
        var zeroes = new byte[Definition.BlockSizeBytes];
        for (uint i = 0; i < count; i++)
        {
            BlockContext.WriteData(
                contexts.AsSpan((int)i * BlockContext.PlainSizeBytes, BlockContext.PlainSizeBytes),
                BlockContext.Checksum(zeroes, new BlockIndex(block + i)));
        }

        return contexts;
    }
}
