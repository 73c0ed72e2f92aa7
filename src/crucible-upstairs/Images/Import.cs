using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>One import: the file chunk by chunk, zeroes by themselves, a flush at the end.</summary>
internal sealed class Import(FileStream image, string path)
{
    /// <summary>Zeroes are gathered up to this before they are sent: large holes cost few requests, interruptions little.</summary>
    private const long MostZeroesAtOnce = 64L << 20;

    private WritePipeline _pipeline = null!;
    private long _zeroStart;
    private long _zeroLength;
    private long _zeroBytes;

    public async Task<int> RunAsync(VolumeSession session)
    {
        var volume = session.Volume;
        var length = image.Length;
        if (length > volume.SizeBytes)
        {
            throw new CommandFailedException(
                $"{path} has {length} bytes, the volume only {volume.SizeBytes}; nothing was written");
        }

        _pipeline = new WritePipeline(volume);
        try
        {
            using (var progress = new ProgressLine("import", length, session.Options.Talks))
            {
                await CopyAsync(length, progress, session.Stop);
                await volume.FlushAsync(session.Stop);
            }
        }
        catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
        {
            return await session.InterruptAsync($"{_pipeline.AcknowledgedBytes} of {length} bytes of {path} were imported");
        }
        catch (VolumeException e)
        {
            throw new CommandFailedException($"{e.Message}; {_pipeline.AcknowledgedBytes} of {length} bytes of {path} were written, not all of them flushed");
        }

        Report(session, length);
        return ExitCode.Success;
    }

    private async Task CopyAsync(long length, ProgressLine progress, CancellationToken stop)
    {
        for (long at = 0; at < length;)
        {
            using var chunk = BlockBufferPool.Shared.Rent(TransferSizes.NextChunk(at, length - at));
            if (RandomAccess.Read(image.SafeFileHandle, chunk.Span, at) is var filled && filled == 0)
            {
                throw new CommandFailedException($"{path} became shorter while it was read: it ends at byte {at}");
            }

            await SplitAsync(at, chunk.Memory[..filled], stop);
            at += filled;
            progress.Report(_pipeline.AcknowledgedBytes);
        }

        await SendZeroesAsync(stop);
        await _pipeline.DrainAsync(stop);
        progress.Report(length);
    }

    private async Task SplitAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken stop)
    {
        while (data.Length > 0)
        {
            var (length, isZero) = ZeroRuns.First(offset, data.Span, ZeroRuns.RequestBytes);
            if (isZero)
            {
                await AddZeroesAsync(offset, length, stop);
            }
            else
            {
                await SendZeroesAsync(stop);
                var piece = BlockBufferPool.Shared.Rent(length);
                data[..length].CopyTo(piece.Memory);
                await _pipeline.WriteAsync(offset, piece, stop);
            }

            offset += length;
            data = data[length..];
        }
    }

    private async ValueTask AddZeroesAsync(long offset, int length, CancellationToken stop)
    {
        if (_zeroLength == 0)
        {
            _zeroStart = offset;
        }

        _zeroLength += length;
        if (_zeroLength >= MostZeroesAtOnce)
        {
            await SendZeroesAsync(stop);
        }
    }

    // Also where the volume may be blank: only the daemons know for sure, and to them zeroes cost no space.
    private async ValueTask SendZeroesAsync(CancellationToken stop)
    {
        if (_zeroLength > 0)
        {
            await _pipeline.WriteZeroesAsync(_zeroStart, _zeroLength, stop);
            _zeroBytes += _zeroLength;
            _zeroLength = 0;
        }
    }

    private void Report(VolumeSession session, long length)
    {
        var rest = session.Volume.SizeBytes - length;
        if (session.Options.Json)
        {
            JsonOutput.WriteLine(new { File = path, ImportedBytes = length, ZeroBytes = _zeroBytes, UntouchedBytes = rest, Flushed = true });
            return;
        }

        var smaller = rest > 0 ? $"; the volume's last {rest} bytes stay as they were" : "";
        session.Options.Say($"imported {length} bytes of {path}, {_zeroBytes} of them zeroes, and flushed them{smaller}");
    }
}
