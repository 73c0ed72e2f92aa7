using System.Net;
using System.Net.Sockets;
using Crucible.Net;
using Crucible.Protocol;

namespace Crucible.Downstairs.Tests;

/// <summary>An upstairs of a few lines: sends what it is told and tells what comes back, one frame at a time.</summary>
internal sealed class TestClient : IDisposable
{
    public static readonly VolumeId Volume = new(new Guid("0b0b0b0b-0000-0000-0000-000000000001"));
    public static readonly Guid DefaultSession = new("0c0c0c0c-0000-0000-0000-000000000001");

    private readonly RegionDefinition _definition;
    private bool _disposed;

    public TestClient(IPEndPoint endPoint, RegionDefinition definition)
    {
        _definition = definition;
        Socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Frames = FrameConnection.Connect(Socket, endPoint, BlockBufferPool.Shared, "test client");
        Frames.ReceiveTimeout = TimeSpan.FromSeconds(20);
    }

    public Socket Socket { get; }

    public FrameConnection Frames { get; }

    public SessionId Session { get; private set; }

    public Generation Generation { get; private set; }

    public YesItsMeHeader Greet(Guid? session = null, bool readOnly = false, uint version = (uint)ProtocolVersions.Newest)
    {
        Session = new SessionId(session ?? DefaultSession);
        Send(new HereIAmHeader(version, version, new UpstairsId(Guid.Empty), Session, Generation.None, readOnly, _definition.Encrypted, false));
        return Receive<YesItsMeHeader>();
    }

    public void Promote(ulong generation)
    {
        RequestPromotion(generation);
        Assert.Equal(Generation, Receive<YouAreNowActiveHeader>().Generation);
    }

    public void RequestPromotion(ulong generation)
    {
        Generation = new Generation(generation);
        Send(new PromoteToActiveHeader(Generation, Session, Volume));
    }

    /// <summary>Sends at once.</summary>
    public void Send<T>(in T header)
        where T : struct, IWireHeader<T>
    {
        Frames.Enqueue(header);
        Frames.Flush();
    }

    /// <summary>Queues a write of blocks filled with one byte; <see cref="Flush"/> or any send lets it leave.</summary>
    public void QueueWrite(ulong job, ulong block, uint count, byte fill, TraceContext trace = default)
    {
        var data = BlockBufferPool.Shared.Rent((int)(count * _definition.BlockSizeBytes));
        data.Span.Fill(fill);
        var contexts = Contexts(data.Span, block, count);
        Frames.Enqueue(new WriteHeader(Generation, new JobId(job), default, new BlockIndex(block), count, contexts, trace), data);
    }

    public void QueueFlush(ulong job, ulong flush) =>
        Frames.Enqueue(new FlushHeader(Generation, new JobId(job), default, new FlushNumber(flush), default));

    public void QueueRead(ulong job, ulong block, uint count) =>
        Frames.Enqueue(new ReadHeader(Generation, new JobId(job), default, new BlockIndex(block), count, default));

    public void Write(ulong job, ulong block, uint count, byte fill)
    {
        QueueWrite(job, block, count, fill);
        Frames.Flush();
        Assert.Equal(new JobAckHeader(new JobId(job), ErrorCode.None), Receive<JobAckHeader>());
    }

    public void Flush(ulong job, ulong flush)
    {
        QueueFlush(job, flush);
        Frames.Flush();
        Assert.Equal(new JobAckHeader(new JobId(job), ErrorCode.None), Receive<JobAckHeader>());
    }

    /// <summary>Reads and tells each block's first byte; -1 where it holds no data.</summary>
    public int[] Read(ulong job, ulong block, uint count)
    {
        QueueRead(job, block, count);
        Frames.Flush();
        return TakeRead(job, block, count);
    }

    /// <summary>The answer to a read, held against its contexts.</summary>
    public int[] TakeRead(ulong job, ulong block, uint count)
    {
        var frame = Next();
        var header = frame.Header.Read<ReadAckHeader>();
        Assert.Equal((new JobId(job), ErrorCode.None), (header.Job, header.Result));
        var payload = frame.Payload.Span;
        var result = new int[count];
        for (var i = 0; i < count; i++)
        {
            var context = header.Contexts.Span.Slice(i * _definition.ContextSizeBytes, _definition.ContextSizeBytes);
            result[i] = -1;
            if (BlockContext.State(context) == BlockState.Data)
            {
                var bytes = payload[..(int)_definition.BlockSizeBytes];
                Assert.True(BlockContext.Proves(context, bytes, new BlockIndex(block + (ulong)i)));
                result[i] = bytes[0];
                payload = payload[(int)_definition.BlockSizeBytes..];
            }
        }

        Assert.True(payload.IsEmpty);
        return result;
    }

    public T Receive<T>()
        where T : struct, IWireHeader<T>
    {
        var frame = Next();
        Assert.Equal(T.Kind, frame.Header.Kind);
        return frame.Header.Read<T>();
    }

    /// <summary>The next acknowledgement; signs of life and reports of errors before it are passed over.</summary>
    public JobAckHeader ReceiveAck()
    {
        ReceivedFrame frame;
        do
        {
            frame = Next();
        }
        while (frame.Header.Kind is MessageKind.Imok or MessageKind.ErrorReport);
        return frame.Header.Read<JobAckHeader>();
    }

    /// <summary>Whether the promotion asked for was granted; refused as faulted otherwise.</summary>
    public bool ReceivePromotion()
    {
        ReceivedFrame frame;
        do
        {
            frame = Next();
        }
        while (frame.Header.Kind == MessageKind.Imok);
        return frame.Header.Kind == MessageKind.YouAreNowActive
            || (frame.Header.Read<RefusedHeader>().Code == RefusalCode.Faulted ? false : throw new InvalidOperationException("refused"));
    }

    /// <summary>The next acknowledgement, or what was learnt, whichever it is.</summary>
    public object ReceiveAny()
    {
        var frame = Next();
        return frame.Header.Kind switch
        {
            MessageKind.JobAck => frame.Header.Read<JobAckHeader>(),
            MessageKind.ExtentVersions => frame.Header.Read<ExtentVersionsHeader>(),
            MessageKind.RegionInfo => frame.Header.Read<RegionInfoHeader>(),
            var kind => throw new InvalidOperationException($"{kind} came"),
        };
    }

    /// <summary>Takes frames until the daemon ends the connection, and tells their kinds.</summary>
    public List<MessageKind> ReceiveToEnd()
    {
        var kinds = new List<MessageKind>();
        do
        {
            while (Frames.TryTake(out var frame))
            {
                kinds.Add(frame.Header.Kind);
            }
        }
        while (Frames.Receive());
        return kinds;
    }

    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Frames.Dispose();
        }
    }

    public byte[] Contexts(ReadOnlySpan<byte> data, ulong block, uint count)
    {
        var size = _definition.ContextSizeBytes;
        var blockBytes = (int)_definition.BlockSizeBytes;
        var contexts = new byte[count * size];
        for (var i = 0; i < count; i++)
        {
            var checksum = BlockContext.Checksum(data.Slice(i * blockBytes, blockBytes), new BlockIndex(block + (ulong)i));
            BlockContext.WriteData(contexts.AsSpan(i * size, size), checksum);
        }

        return contexts;
    }

    private ReceivedFrame Next()
    {
        ReceivedFrame frame;
        while (!Frames.TryTake(out frame))
        {
            Assert.True(Frames.Receive(), "the daemon ended the connection or did not answer in time");
        }

        return frame;
    }
}
