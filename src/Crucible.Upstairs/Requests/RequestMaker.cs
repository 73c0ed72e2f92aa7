using System.Diagnostics;
using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// Cuts what the guest asks for into requests of whole blocks and pieces of one job each; parts of blocks go the longer way
/// of read, change, write.
/// </summary>
internal sealed class RequestMaker
{
    /// <summary>Most bytes of one request to the core; a longer one is done in stretches, so that its buffers stay bounded.</summary>
    private const int MaxRequestBytes = 8 << 20;

    /// <summary>Most pieces of one request: small extents cut a long range into many.</summary>
    private const int MaxPieces = 256;

    /// <summary>Most pieces of one question for states: a MiB or two of answers unpacked.</summary>
    private const int MaxStatePieces = 64;

    private static readonly Action<object?, CancellationToken> OnCancelled =
        static (state, token) => ((VolumeRequest)state!).Owner!.Abandon((VolumeRequest)state, token);

    private readonly UpstairsEngine _engine;
    private readonly BlockBufferPool _pool;
    private readonly RegionDefinition _definition;
    private readonly uint _blocksPerJob;

    public RequestMaker(UpstairsEngine engine, BlockBufferPool pool)
    {
        _engine = engine;
        _pool = pool;
        _definition = engine.Definition;
        _blocksPerJob = WireLimits.MaxPayloadBytes / _definition.BlockSizeBytes;
    }

    /// <summary>Reads; where somebody asks for the runs too, they are told.</summary>
    public ValueTask ReadAsync(ulong offset, Memory<byte> buffer, BlockRuns? runs, CancellationToken token)
    {
        runs?.Begin(offset, (ulong)buffer.Length, _definition);
        return IsAligned(offset, (ulong)buffer.Length) && FitsOneRequest(offset, (ulong)buffer.Length)
            ? ReadBlocks(BlockOf(offset), buffer, runs, token)
            : new ValueTask(ReadInStretchesAsync(offset, buffer, runs, token));
    }

    /// <summary>As many blocks as one request may ask for, from the first on.</summary>
    public ValueTask ReadStatesAsync(ulong offset, ulong length, BlockRuns runs, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        var start = BlockOf(offset);
        var blocks = (((offset + length) - 1) >> _definition.BlockShift) - start.Value + 1;
        var request = Begin(RequestKind.ReadStates, start);
        request.Runs = runs;
        var done = 0UL;
        for (var pieces = 0; pieces < MaxStatePieces && done < blocks; pieces++)
        {
            var count = PieceAt(start.Value + done, blocks - done, WireLimits.MaxStateBlocksPerJob);
            request.AddPiece(new JobPiece(new BlockIndex(start.Value + done), count, null, null));
            done += count;
        }

        runs.Begin(offset, Math.Min(length, ((start.Value + done) << _definition.BlockShift) - offset), _definition);
        return Submit(request, exclusive: false, token);
    }

    public ValueTask WriteAsync(ulong offset, ReadOnlyMemory<byte> data, CancellationToken token) =>
        IsAligned(offset, (ulong)data.Length) && FitsOneRequest(offset, (ulong)data.Length)
            ? WriteBlocks(BlockOf(offset), data, exclusive: false, token)
            : new ValueTask(WriteInStretchesAsync(offset, data, token));

    /// <summary>Writes a buffer that is handed over: it goes out as it is where it is one piece, and is copied otherwise.</summary>
    public ValueTask WriteAsync(ulong offset, BlockBuffer data)
    {
        if (!IsAligned(offset, (ulong)data.Length) || PieceAt(BlockOf(offset).Value, BlocksIn(data), _blocksPerJob) < BlocksIn(data))
        {
            return new ValueTask(WriteAndReturnAsync(offset, data));
        }

        var start = BlockOf(offset);
        var request = Begin(RequestKind.Write, start);
        using var encryption = _engine.Sealer.Encrypts ? UpstairsTracing.StartEncryption(request.Activity) : null;
        request.AddPiece(Seal(start, data));
        encryption?.Stop();
        return Submit(request, exclusive: false, CancellationToken.None);
    }

    public ValueTask EmptyAsync(RequestKind kind, ulong offset, ulong length, CancellationToken token) =>
        IsAligned(offset, length) && FitsOneEmptying(offset, length)
            ? EmptyBlocks(kind, BlockOf(offset), length >> _definition.BlockShift, token)
            : new ValueTask(EmptyInStretchesAsync(kind, offset, length, token));

    public ValueTask FlushAsync(CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        var request = Begin(RequestKind.Flush, default);
        return Submit(request, exclusive: false, token);
    }

    private ValueTask ReadBlocks(BlockIndex start, Memory<byte> buffer, BlockRuns? runs, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        var request = Begin(RequestKind.Read, start);
        request.Target = buffer;
        request.Runs = runs;
        var blocks = (ulong)buffer.Length >> _definition.BlockShift;
        for (ulong done = 0; done < blocks;)
        {
            var count = PieceAt(start.Value + done, blocks - done, _blocksPerJob);
            request.AddPiece(new JobPiece(new BlockIndex(start.Value + done), count, null, null));
            done += count;
        }

        return Submit(request, exclusive: false, token);
    }

    private ValueTask WriteBlocks(BlockIndex start, ReadOnlyMemory<byte> data, bool exclusive, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        var request = Begin(RequestKind.Write, start);
        using var encryption = _engine.Sealer.Encrypts ? UpstairsTracing.StartEncryption(request.Activity) : null;
        var blocks = (ulong)data.Length >> _definition.BlockShift;
        for (ulong done = 0; done < blocks;)
        {
            var count = PieceAt(start.Value + done, blocks - done, _blocksPerJob);
            var piece = _pool.Rent((int)count << _definition.BlockShift);
            data.Span.Slice((int)done << _definition.BlockShift, piece.Length).CopyTo(piece.Span);
            request.AddPiece(Seal(new BlockIndex(start.Value + done), piece));
            done += count;
        }

        encryption?.Stop();
        return Submit(request, exclusive, token);
    }

    // In place: the buffer is ours.
    private JobPiece Seal(BlockIndex start, BlockBuffer blocks)
    {
        var count = BlocksIn(blocks);
        var contexts = _pool.Rent((int)count * _definition.ContextSizeBytes);
        _engine.Sealer.Seal(start, blocks.Span, contexts.Span);
        return new JobPiece(start, (uint)count, blocks, contexts);
    }

    private ValueTask EmptyBlocks(RequestKind kind, BlockIndex start, ulong blocks, CancellationToken token)
    {
        token.ThrowIfCancellationRequested();
        var request = Begin(kind, start);
        for (ulong done = 0; done < blocks;)
        {
            var count = PieceAt(start.Value + done, blocks - done, WireLimits.MaxEmptyBlocksPerJob);
            request.AddPiece(new JobPiece(new BlockIndex(start.Value + done), count, null, null));
            done += count;
        }

        return Submit(request, exclusive: false, token);
    }

    // The guest waits from here on.
    private VolumeRequest Begin(RequestKind kind, BlockIndex start)
    {
        var request = _engine.Requests.Rent();
        request.Begin(kind, start);
        request.BeganAt = _engine.Counts.IsTiming ? Stopwatch.GetTimestamp() : 0;
        request.Activity = UpstairsTracing.StartRequest(kind);
        if (request.Activity is { } activity)
        {
            request.Trace = UpstairsTracing.ContextOf(activity);
            Activity.Current = activity.Parent;
        }

        return request;
    }

    private ValueTask Submit(VolumeRequest request, bool exclusive, CancellationToken token)
    {
        var task = request.Task;
        if (request.Activity is not null)
        {
            request.SubmittedUtc = DateTime.UtcNow;
        }

        if (token.CanBeCanceled)
        {
            request.Owner = _engine;
            request.CancelWith(OnCancelled, token);
        }

        _engine.Submit(request, exclusive);
        return task;
    }

    private async Task ReadInStretchesAsync(ulong offset, Memory<byte> buffer, BlockRuns? runs, CancellationToken token)
    {
        while (buffer.Length > 0)
        {
            var inBlock = (int)(offset % _definition.BlockSizeBytes);
            if (inBlock != 0 || buffer.Length < _definition.BlockSizeBytes)
            {
                var part = Math.Min(buffer.Length, (int)_definition.BlockSizeBytes - inBlock);
                using var block = _pool.Rent((int)_definition.BlockSizeBytes);
                await ReadBlocks(BlockOf(offset), block.Memory, runs, token).ConfigureAwait(false);
                block.Memory.Slice(inBlock, part).CopyTo(buffer);
                buffer = buffer[part..];
                offset += (ulong)part;
                continue;
            }

            var stretch = (int)StretchAt(offset, (ulong)buffer.Length);
            await ReadBlocks(BlockOf(offset), buffer[..stretch], runs, token).ConfigureAwait(false);
            buffer = buffer[stretch..];
            offset += (ulong)stretch;
        }
    }

    private async Task WriteInStretchesAsync(ulong offset, ReadOnlyMemory<byte> data, CancellationToken token)
    {
        while (data.Length > 0)
        {
            var inBlock = (int)(offset % _definition.BlockSizeBytes);
            if (inBlock != 0 || data.Length < _definition.BlockSizeBytes)
            {
                var part = Math.Min(data.Length, (int)_definition.BlockSizeBytes - inBlock);
                await ChangeBlockAsync(offset, data[..part], token).ConfigureAwait(false);
                data = data[part..];
                offset += (ulong)part;
                continue;
            }

            var stretch = (int)StretchAt(offset, (ulong)data.Length);
            await WriteBlocks(BlockOf(offset), data[..stretch], exclusive: false, token).ConfigureAwait(false);
            data = data[stretch..];
            offset += (ulong)stretch;
        }
    }

    private async Task WriteAndReturnAsync(ulong offset, BlockBuffer data)
    {
        using (data)
        {
            await WriteAsync(offset, data.Memory, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async Task EmptyInStretchesAsync(RequestKind kind, ulong offset, ulong length, CancellationToken token)
    {
        while (length > 0)
        {
            var inBlock = offset % _definition.BlockSizeBytes;
            if (inBlock != 0 || length < _definition.BlockSizeBytes)
            {
                var part = (int)Math.Min(length, _definition.BlockSizeBytes - inBlock);
                using var zeroes = _pool.Rent(part);
                zeroes.Span.Clear();
                await ChangeBlockAsync(offset, zeroes.Memory, token).ConfigureAwait(false);
                offset += (ulong)part;
                length -= (ulong)part;
                continue;
            }

            var stretch = EmptyStretchAt(offset, length);
            await EmptyBlocks(kind, BlockOf(offset), stretch >> _definition.BlockShift, token).ConfigureAwait(false);
            offset += stretch;
            length -= stretch;
        }
    }

    // Reads a block, changes part of it and writes it back while no other write of it comes between.
    private async Task ChangeBlockAsync(ulong offset, ReadOnlyMemory<byte> part, CancellationToken token)
    {
        var index = BlockOf(offset);
        Task released;
        while (!_engine.TryBeginExclusive(index, 1, out released))
        {
            await released.WaitAsync(token).ConfigureAwait(false);
        }

        ValueTask write;
        try
        {
            using var block = _pool.Rent((int)_definition.BlockSizeBytes);
            await ReadBlocks(index, block.Memory, null, token).ConfigureAwait(false);
            part.CopyTo(block.Memory[(int)(offset % _definition.BlockSizeBytes)..]);
            write = WriteBlocks(index, block.Memory, exclusive: true, token);
        }
        finally
        {
            _engine.EndExclusive(index);
        }

        await write.ConfigureAwait(false);
    }

    private bool IsAligned(ulong offset, ulong length) => ((offset | length) & (_definition.BlockSizeBytes - 1)) == 0;

    private ulong BlocksIn(BlockBuffer blocks) => (ulong)blocks.Length >> _definition.BlockShift;

    private BlockIndex BlockOf(ulong offset) => new(offset >> _definition.BlockShift);

    private bool FitsOneRequest(ulong offset, ulong length) => length <= StretchAt(offset, length);

    private bool FitsOneEmptying(ulong offset, ulong length) => length <= EmptyStretchAt(offset, length);

    // Whole blocks from an aligned offset on that one request takes.
    private ulong StretchAt(ulong offset, ulong length)
    {
        var aligned = length - (length % _definition.BlockSizeBytes);
        var untilPieces = (_definition.ExtentSizeBytes * MaxPieces) - (offset % _definition.ExtentSizeBytes);
        return Math.Min(Math.Min(aligned, MaxRequestBytes), untilPieces);
    }

    private ulong EmptyStretchAt(ulong offset, ulong length)
    {
        var aligned = length - (length % _definition.BlockSizeBytes);
        var blocksPerPiece = Math.Min(_definition.ExtentSizeBlocks, WireLimits.MaxEmptyBlocksPerJob);
        var inPiece = (offset >> _definition.BlockShift) % blocksPerPiece;
        return Math.Min(aligned, ((ulong)(blocksPerPiece * (MaxPieces / 2)) - inPiece) << _definition.BlockShift);
    }

    private uint PieceAt(ulong block, ulong blocksLeft, uint blocksPerJob)
    {
        var inExtent = _definition.ExtentSizeBlocks - (uint)(block % _definition.ExtentSizeBlocks);
        return (uint)Math.Min(Math.Min(blocksLeft, blocksPerJob), inExtent);
    }
}
