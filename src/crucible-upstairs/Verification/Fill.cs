using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>One fill: writes that can be recognized, noted before they are made, flushed at intervals and at the end.</summary>
internal sealed class Fill(VolumeSession session, FillOptions options)
{
    /// <summary>Bytes that are emptied at once before a fill.</summary>
    private const long ClearBytes = 64L << 20;

    private readonly Volume _volume = session.Volume;
    private readonly WritePipeline _pipeline = new(session.Volume);
    private long _writes;
    private long _writtenBytes;
    private long _sinceFlushBytes;
    private uint _lastWrite;

    public async Task<int> RunAsync()
    {
        using var file = await OpenExpectationAsync();
        var range = file is null ? ByteRange.BlocksOf(options.Range, _volume) : (file.Expectation.FirstBlock, file.Expectation.BlockCount);
        _lastWrite = file?.Expectation.LastWrite ?? 0;
        file?.BeginFill(options.Seed);
        try
        {
            await WriteAllAsync(file, new FillPlan(_volume.Definition, options, range, _lastWrite));
            await FlushAsync(file);
        }
        catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
        {
            if (await session.TryFlushAsync())
            {
                file?.Flushed();
            }

            return await session.InterruptAsync($"{_writes} writes of {_writtenBytes} bytes were made");
        }
        catch (VolumeException e)
        {
            throw new CommandFailedException($"{e.Message}; {_writes} writes of {_writtenBytes} bytes were made, not all of them flushed");
        }

        Report();
        return ExitCode.Success;
    }

    private async Task<ExpectationFile?> OpenExpectationAsync()
    {
        if (options.ExpectFile is not { } path)
        {
            return null;
        }

        if (File.Exists(path))
        {
            return Verify.LoadFor(_volume, path, options.Range, acceptUnflushed: false);
        }

        // From a known state on: what was there before could not be told from damage.
        var (first, count) = ByteRange.BlocksOf(options.Range, _volume);
        if (count > (ulong)Array.MaxLength)
        {
            throw new CommandFailedException($"an expectation covers at most {Array.MaxLength} blocks: give a smaller --range");
        }

        await ClearAsync((long)first << _volume.Definition.BlockShift, (long)count << _volume.Definition.BlockShift);
        return ExpectationFile.Create(path, _volume, first, count);
    }

    // Part by part, each durable before the next: what is taken over at once piles up in the downstairs.
    private async Task ClearAsync(long offset, long length)
    {
        for (long done = 0; done < length; done += ClearBytes)
        {
            await _volume.DiscardAsync(offset + done, Math.Min(ClearBytes, length - done), session.Stop);
            await _volume.FlushAsync(session.Stop);
        }
    }

    private async Task WriteAllAsync(ExpectationFile? file, FillPlan plan)
    {
        using var progress = new ProgressLine("fill", null, session.Options.Talks);
        while (_writes < plan.Writes && plan.TryNext(out var first, out var blockCount))
        {
            session.Stop.ThrowIfCancellationRequested();
            var write = new FillWrite(_lastWrite = checked(_lastWrite + 1), first, blockCount);
            file?.Add(write);
            await _pipeline.WriteAsync((long)first << _volume.Definition.BlockShift, Make(write), session.Stop);
            _writes++;
            _writtenBytes += (long)blockCount << _volume.Definition.BlockShift;
            _sinceFlushBytes += (long)blockCount << _volume.Definition.BlockShift;
            if (_sinceFlushBytes >= options.FlushEveryBytes)
            {
                await FlushAsync(file);
            }

            progress.Report(_writtenBytes);
        }
    }

    private BlockBuffer Make(FillWrite write)
    {
        var data = BlockBufferPool.Shared.Rent((int)write.BlockCount << _volume.Definition.BlockShift);
        for (var i = 0; i < write.BlockCount; i++)
        {
            var block = data.Span.Slice(i << _volume.Definition.BlockShift, _volume.BlockSizeBytes);
            BlockPattern.Write(block, options.Seed, write.Number, write.First + (ulong)i);
        }

        return data;
    }

    private async Task FlushAsync(ExpectationFile? file)
    {
        await _pipeline.DrainAsync(session.Stop);
        await _volume.FlushAsync(session.Stop);
        file?.Flushed();
        _sinceFlushBytes = 0;
    }

    private void Report()
    {
        if (session.Options.Json)
        {
            JsonOutput.WriteLine(new { options.Seed, Writes = _writes, WrittenBytes = _writtenBytes, LastWrite = _lastWrite, Flushed = true });
        }
        else
        {
            session.Options.Say($"filled with seed {options.Seed}: {_writes} writes, {_writtenBytes} bytes, flushed");
        }
    }
}
