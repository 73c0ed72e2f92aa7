using Crucible.Protocol;
using Crucible.Storage;

namespace Crucible.Downstairs;

/// <summary>Reads blocks or contexts of the region and answers. For any thread; each brings its own scratch.</summary>
internal sealed class Reader(Region region, BlockBufferPool pool)
{
    private const int MaxStateBytes = WireLimits.MaxStateRunsPerMessage * BlockStateRuns.RunSizeBytes;

    private long _damaged;

    /// <summary>Reads that met damaged blocks.</summary>
    public long Damaged => Interlocked.Read(ref _damaged);

    /// <summary>Memory for the contexts of the longest read; half of it is enough for the longest answer of states.</summary>
    public byte[] NewScratch() => new byte[WireLimits.MaxBlocksPerJob * region.Definition.ContextSizeBytes];

    /// <summary>Answers at once where that needs no disk. False: it does, and nothing was answered.</summary>
    public bool TryReadCached(Connection connection, in ReadHeader header)
    {
        var contexts = connection.Scratch.AsMemory(0, ContextBytes(header.BlockCount));
        var data = pool.Rent(DataBytes(header.BlockCount));
        if (!region.TryReadCached(header.Start, header.BlockCount, contexts.Span, data.Span, out var dataBytes, out var error))
        {
            data.Dispose();
            return false;
        }

        Answer(connection, header.Job, error, contexts, data, dataBytes);
        return true;
    }

    /// <summary>Reads, answers and sends.</summary>
    public void Read(in ReadTask task, byte[] scratch)
    {
        switch (task.Kind)
        {
            case ReadKind.Blocks:
                ReadBlocks(task, scratch);
                break;
            case ReadKind.States:
                ReadStates(task, scratch);
                break;
            default:
                ReadContexts(task, scratch);
                break;
        }

        task.For.OnReadDone(AnswerBytes(task));
        task.For.Frames.Flush();
    }

    /// <summary>Most bytes of the answer.</summary>
    public int AnswerBytes(in ReadTask task) => task.Kind switch
    {
        ReadKind.Blocks => DataBytes(task.BlockCount),
        ReadKind.States => MaxStateBytes,
        _ => ContextBytes(task.BlockCount),
    };

    private void ReadBlocks(in ReadTask task, byte[] scratch)
    {
        var contexts = scratch.AsMemory(0, ContextBytes(task.BlockCount));
        var data = pool.Rent(DataBytes(task.BlockCount));
        var error = region.Read(task.Start, task.BlockCount, contexts.Span, data.Span, out var dataBytes);
        Answer(task.For, task.Job, error, contexts, data, dataBytes);
    }

    private void ReadStates(in ReadTask task, byte[] scratch)
    {
        // The first part is for the answer, the rest for the contexts that it is made of.
        var packed = scratch.AsMemory(0, MaxStateBytes);
        var runs = new BlockStateRuns(packed.Span);
        var error = region.ReadStates(task.Start, task.BlockCount, scratch.AsSpan(MaxStateBytes), ref runs);
        task.For.Traces?.OnAnswered(task.Job, error);
        task.For.Frames.Enqueue(new StatesAckHeader(task.Job, error, error == ErrorCode.None ? packed[..runs.LengthBytes] : default));
    }

    private void ReadContexts(in ReadTask task, byte[] scratch)
    {
        var contexts = scratch.AsMemory(0, ContextBytes(task.BlockCount));
        var error = task.Kind == ReadKind.Contexts
            ? region.ReadContexts(task.Start, task.BlockCount, contexts.Span)
            : ProveContexts(task, contexts.Span);
        task.For.Frames.Enqueue(new ContextsAckHeader(task.Job, error, error == ErrorCode.None ? contexts : default));
    }

    private ErrorCode ProveContexts(in ReadTask task, Span<byte> contexts)
    {
        using var scratch = pool.Rent(EngineLimits.ProveBytes);
        return region.ReadContexts(task.Start, task.BlockCount, contexts, scratch.Span);
    }

    /// <summary>Most bytes of data that so many blocks are.</summary>
    private int DataBytes(uint blockCount) => (int)(blockCount * region.Definition.BlockSizeBytes);

    private int ContextBytes(uint blockCount) => (int)blockCount * region.Definition.ContextSizeBytes;

    // With an integrity error the contexts tell which blocks are lost, and the others are right.
    private static bool KeepsContexts(ErrorCode error) => error is ErrorCode.None or ErrorCode.IntegrityError;

    private void Answer(
        Connection connection, JobId job, ErrorCode error, ReadOnlyMemory<byte> contexts, BlockBuffer data, int dataBytes)
    {
        connection.Traces?.OnAnswered(job, error);
        if (error == ErrorCode.IntegrityError)
        {
            Interlocked.Increment(ref _damaged);
        }

        var header = new ReadAckHeader(job, error, KeepsContexts(error) ? contexts : default);
        if (!KeepsContexts(error) || dataBytes == 0)
        {
            data.Dispose();
            connection.Frames.Enqueue(header);
            return;
        }

        data.Shorten(dataBytes);
        connection.Frames.Enqueue(header, data);
    }
}
