using System.Net;
using Crucible.Net;
using Crucible.Protocol;

namespace Crucible.Upstairs.Tests;

/// <summary>
/// A downstairs that keeps its blocks in memory and speaks the real protocol over loopback. Its steady state allocates
/// nothing, so that what is measured is the upstairs.
/// </summary>
internal sealed class LoopbackDownstairs : IDisposable
{
    private readonly RegionDefinition _definition;
    private readonly FrameListener _listener = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly BlockBufferPool _pool = new();
    private readonly Thread _thread;
    private readonly byte[] _blocks;
    private readonly byte[] _contexts;
    private readonly byte[] _runs = new byte[WireLimits.MaxStateRunsPerMessage * BlockStateRuns.RunSizeBytes];
    private readonly RegionId _region = new(Guid.NewGuid());
    private FrameConnection? _connection;
    private VolumeId _volume;
    private Generation _promised;
    private Generation _inSync;
    private JobId _position;
    private FlushNumber _flush;
    private MessageKind? _unknown;
    private long _blocksRead;

    public LoopbackDownstairs(RegionDefinition definition)
    {
        _definition = definition;
        _blocks = new byte[definition.TotalBytes];
        _contexts = new byte[definition.TotalBlocks * (ulong)definition.ContextSizeBytes];
        _thread = new Thread(Serve) { IsBackground = true };
        _thread.Start();
    }

    public string Address => _listener.LocalEndPoint.ToString();

    /// <summary>Which version of the protocol it speaks.</summary>
    public uint Version { get; set; } = (uint)ProtocolVersions.Newest;

    public int Flushes { get; private set; }

    public int Connections { get; private set; }

    /// <summary>Blocks that it was asked to read so far.</summary>
    public long BlocksRead => Interlocked.Read(ref _blocksRead);

    /// <summary>Flip a bit of what is read.</summary>
    public volatile bool Flips;

    /// <summary>Answers no read before this is set.</summary>
    public ManualResetEventSlim Reads { get; } = new(initialState: true);

    /// <summary>Set when a read arrived.</summary>
    public ManualResetEventSlim ReadArrived { get; } = new();

    /// <summary>Ends the connection, as a machine that vanishes.</summary>
    public void Cut() => Volatile.Read(ref _connection)?.Shutdown();

    public void Dispose()
    {
        Reads.Set();
        _listener.Dispose();
        Cut();
        _thread.Join();
        Assert.Equal(0, _pool.Outstanding);
        Assert.Null(_unknown);
        Reads.Dispose();
        ReadArrived.Dispose();
    }

    private void Serve()
    {
        while (_listener.Accept() is { } socket)
        {
            using var connection = new FrameConnection(socket, _pool, "fake");
            Volatile.Write(ref _connection, connection);
            Connections++;
            while (connection.Receive())
            {
                while (connection.TryTake(out var frame))
                {
                    Answer(connection, frame);
                }

                connection.Flush();
            }
        }
    }

    private void Answer(FrameConnection connection, in ReceivedFrame frame)
    {
        switch (frame.Header.Kind)
        {
            case MessageKind.HereIAm:
                connection.Enqueue(new YesItsMeHeader(
                    Version, _region, _definition.BlockSizeBytes, _definition.ExtentSizeBlocks, _definition.ExtentCount,
                    _definition.Encrypted, false, _volume, _promised));
                break;
            case MessageKind.PromoteToActive:
                var promote = frame.Header.Read<PromoteToActiveHeader>();
                (_promised, _volume) = (promote.Generation, promote.Volume);
                connection.Enqueue(new YouAreNowActiveHeader(_promised));
                break;
            case MessageKind.QueryRegionInfo:
                connection.Enqueue(new RegionInfoHeader(_volume, _promised, _inSync, false, _inSync, _position, _inSync, _flush, false));
                break;
            case MessageKind.QueryExtentVersions:
                var query = frame.Header.Read<QueryExtentVersionsHeader>();
                connection.Enqueue(new ExtentVersionsHeader(
                    query.First, query.ExtentCount, new byte[query.ExtentCount * ExtentVersion.SizeBytes]));
                break;
            case MessageKind.MarkInSync:
                (_inSync, _position) = (_promised, default);
                connection.Enqueue(new JobAckHeader(frame.Header.Read<MarkInSyncHeader>().Job, ErrorCode.None));
                break;
            case MessageKind.Ruok:
                connection.Enqueue(new ImokHeader(frame.Header.Read<RuokHeader>().Sequence));
                break;
            case MessageKind.Goodbye:
                break;
            default:
                Work(connection, frame);
                break;
        }
    }

    private void Work(FrameConnection connection, in ReceivedFrame frame)
    {
        switch (frame.Header.Kind)
        {
            case MessageKind.Read:
                Read(connection, frame.Header.Read<ReadHeader>());
                return;
            case MessageKind.ReadStates:
                TellStates(connection, frame.Header.Read<ReadStatesHeader>());
                return;
            case MessageKind.Write:
                var write = frame.Header.Read<WriteHeader>();
                write.Contexts.CopyTo(ContextsOf(write.Start, write.BlockCount));
                frame.Payload.CopyTo(_blocks.AsMemory((int)write.Start.Value << _definition.BlockShift));
                Done(connection, write.Job);
                return;
            case MessageKind.WriteZeroes:
                var zeroes = frame.Header.Read<WriteZeroesHeader>();
                Empty(zeroes.Start, zeroes.BlockCount, BlockState.Zeroes);
                Done(connection, zeroes.Job);
                return;
            case MessageKind.Discard:
                var discard = frame.Header.Read<DiscardHeader>();
                Empty(discard.Start, discard.BlockCount, BlockState.NeverWritten);
                Done(connection, discard.Job);
                return;
            case MessageKind.Flush:
                var flush = frame.Header.Read<FlushHeader>();
                _flush = flush.Flush;
                Flushes++;
                Done(connection, flush.Job);
                return;
            default:
                Repair(connection, frame);
                return;
        }
    }

    // A read that fails its checksum is healed, and a replica that a busy machine kept silent is repaired.
    private void Repair(FrameConnection connection, in ReceivedFrame frame)
    {
        switch (frame.Header.Kind)
        {
            case MessageKind.ReadContexts:
                var asked = frame.Header.Read<ReadContextsHeader>();
                connection.Enqueue(new ContextsAckHeader(asked.Job, ErrorCode.None, ContextsOf(asked.Start, asked.BlockCount)));
                return;
            case MessageKind.RepairWrite:
                var copy = frame.Header.Read<RepairWriteHeader>();
                copy.Contexts.CopyTo(ContextsOf(copy.Start, copy.BlockCount));
                Copy(copy.Start, copy.BlockCount, frame.Payload.Span);
                connection.Enqueue(new JobAckHeader(copy.Job, ErrorCode.None));
                return;
            case MessageKind.BeginRepair:
                connection.Enqueue(new JobAckHeader(frame.Header.Read<BeginRepairHeader>().Job, ErrorCode.None));
                return;
            case MessageKind.SetExtentVersion:
                connection.Enqueue(new JobAckHeader(frame.Header.Read<SetExtentVersionHeader>().Job, ErrorCode.None));
                return;
            default:
                _unknown = frame.Header.Kind;
                connection.Shutdown();
                return;
        }
    }

    // Only blocks in state Data have their bytes in the payload.
    private void Copy(BlockIndex start, uint count, ReadOnlySpan<byte> payload)
    {
        var size = (int)_definition.BlockSizeBytes;
        for (uint i = 0; i < count; i++)
        {
            if (BlockContext.State(ContextsOf(start + i, 1).Span) == BlockState.Data)
            {
                payload[..size].CopyTo(_blocks.AsSpan(((int)start.Value + (int)i) * size));
                payload = payload[size..];
            }
        }
    }

    private void Done(FrameConnection connection, JobId job)
    {
        _position = job > _position ? job : _position;
        connection.Enqueue(new JobAckHeader(job, ErrorCode.None));
    }

    private void Read(FrameConnection connection, in ReadHeader read)
    {
        Interlocked.Add(ref _blocksRead, read.BlockCount);
        ReadArrived.Set();
        Reads.Wait();
        var contexts = ContextsOf(read.Start, read.BlockCount);
        var payload = _pool.Rent((int)read.BlockCount << _definition.BlockShift);
        var length = 0;
        for (var i = 0; i < read.BlockCount; i++)
        {
            if (BlockContext.State(contexts.Span[(i * _definition.ContextSizeBytes)..]) == BlockState.Data)
            {
                var size = (int)_definition.BlockSizeBytes;
                _blocks.AsSpan(((int)read.Start.Value + i) * size, size).CopyTo(payload.Span[length..]);
                length += size;
            }
        }

        var header = new ReadAckHeader(read.Job, ErrorCode.None, contexts);
        if (length == 0)
        {
            payload.Dispose();
            connection.Enqueue(header);
            return;
        }

        payload.Shorten(length);
        payload.Span[length / 2] ^= Flips ? (byte)4 : (byte)0;
        connection.Enqueue(header, payload);
    }

    private void TellStates(FrameConnection connection, in ReadStatesHeader read)
    {
        var runs = new BlockStateRuns(_runs);
        for (uint i = 0; i < read.BlockCount && runs.TryAdd(BlockStateRuns.StateOf(ContextsOf(read.Start + i, 1).Span), 1); i++)
        {
        }

        connection.Enqueue(new StatesAckHeader(read.Job, ErrorCode.None, _runs.AsMemory(0, runs.LengthBytes)));
    }

    private void Empty(BlockIndex start, uint count, BlockState state)
    {
        for (uint i = 0; i < count; i++)
        {
            BlockContext.WriteEmpty(ContextsOf(start + i, 1).Span, state);
        }
    }

    private Memory<byte> ContextsOf(BlockIndex start, uint count) =>
        _contexts.AsMemory((int)start.Value * _definition.ContextSizeBytes, (int)count * _definition.ContextSizeBytes);
}
