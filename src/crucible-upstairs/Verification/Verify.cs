using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>One verification: every block of the range is read and held against what it should be.</summary>
internal sealed class Verify(VolumeSession session, VerifyOptions options)
{
    /// <summary>Differences told one by one; of the rest only the number.</summary>
    private const int MostTold = 10;

    private readonly List<BlockDifference> _differences = [];
    private ulong _checked;
    private ulong _differing;

    public async Task<int> RunAsync()
    {
        using var file = options.ExpectFile is null
            ? null
            : LoadFor(session.Volume, options.ExpectFile, options.Range, options.AfterCrash);
        var prefix = file is null ? null : new CrashPrefix(file.Expectation);
        var (first, count) = file is null
            ? ByteRange.BlocksOf(options.Range, session.Volume)
            : (file.Expectation.FirstBlock, file.Expectation.BlockCount);
        try
        {
            await ReadAllAsync(first, count, file?.Expectation, prefix);
        }
        catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
        {
            return await session.InterruptAsync($"{_checked} of {count} blocks were checked, {_differing} of them differ");
        }

        var contradiction = prefix?.Contradiction;
        var isRight = _differing == 0 && contradiction is null;
        if (isRight && options.AfterCrash)
        {
            file!.SettleAt(prefix!.LastWrite);
        }

        Report(prefix, contradiction);
        return isRight ? ExitCode.Success : ExitCode.Differs;
    }

    /// <summary>The expectation of a volume.</summary>
    /// <exception cref="CommandFailedException">It is another volume's, another range's, or (as far as not accepted) was cut off.</exception>
    public static ExpectationFile LoadFor(Volume volume, string path, ByteRange? range, bool acceptUnflushed)
    {
        var file = ExpectationFile.Load(path);
        var expectation = file.Expectation;
        string? problem = null;
        if (expectation.Volume != volume.Id.Value || expectation.BlockSizeBytes != volume.BlockSizeBytes
            || expectation.FirstBlock > volume.Definition.TotalBlocks
            || expectation.BlockCount > volume.Definition.TotalBlocks - expectation.FirstBlock)
        {
            problem = $"belongs to volume {expectation.Volume} with blocks of {expectation.BlockSizeBytes} bytes, not to this one";
        }
        else if (range is not null && ByteRange.BlocksOf(range, volume) != (expectation.FirstBlock, expectation.BlockCount))
        {
            problem = "is for another range: leave out --range";
        }
        else if (!acceptUnflushed && expectation.Unflushed.Count > 0)
        {
            problem = $"ends with {expectation.Unflushed.Count} writes that were never flushed: run verify --after-crash first";
        }

        if (problem is not null)
        {
            file.Dispose();
            throw new CommandFailedException($"expectation file {path} {problem}");
        }

        return file;
    }

    private async Task ReadAllAsync(ulong first, ulong count, Expectation? expectation, CrashPrefix? prefix)
    {
        var shift = session.Volume.Definition.BlockShift;
        using var progress = new ProgressLine("verify", (long)count << shift, session.Options.Talks);
        await ReadPipeline.RunAsync(
            session.Volume,
            (long)first << shift,
            (long)count << shift,
            (offset, chunk) =>
            {
                for (var at = 0; at < chunk.Length; at += 1 << shift)
                {
                    CheckBlock((ulong)(offset + at) >> shift, chunk.Span.Slice(at, 1 << shift), expectation, prefix);
                }

                progress.Report((long)_checked << shift);
                return ValueTask.CompletedTask;
            },
            session.Stop);
    }

    private void CheckBlock(ulong index, ReadOnlySpan<byte> block, Expectation? expectation, CrashPrefix? prefix)
    {
        _checked++;
        var found = BlockPattern.Read(block, index);
        var isRight = expectation is null
            ? found.Kind == ContentKind.Whole && found.Seed == options.Seed
            : (found.Kind == ContentKind.Zeroes || (found.Kind == ContentKind.Whole && IsKnown(expectation, found)))
                && prefix!.Accepts(index, found.Write);
        if (isRight)
        {
            return;
        }

        _differing++;
        if (_differences.Count < MostTold)
        {
            var wanted = prefix?.Describe(index) ?? $"a write of seed {options.Seed}";
            _differences.Add(new BlockDifference(index, found.ToString(), wanted));
        }
    }

    private static bool IsKnown(Expectation expectation, BlockContent found) =>
        found.Write > 0 && found.Write <= expectation.LastWrite && expectation.SeedOf(found.Write) == found.Seed;

    private void Report(CrashPrefix? prefix, string? contradiction)
    {
        if (session.Options.Json)
        {
            JsonOutput.WriteLine(new
            {
                BlocksChecked = _checked,
                BlocksDiffering = _differing,
                Differences = _differences,
                Contradiction = contradiction,
                LastWrite = prefix?.LastWrite,
            });
            return;
        }

        foreach (var difference in _differences)
        {
            Console.WriteLine($"block {difference.Block} holds {difference.Holds}; expected is {difference.Expected}");
        }

        if (contradiction is not null)
        {
            Console.WriteLine(contradiction);
        }

        var state = prefix is null || _differing > 0 || contradiction is not null ? "" : $"; the state after write {prefix.LastWrite}";
        Console.WriteLine($"{_checked} blocks checked, {_differing} differ{state}");
    }

    private sealed record BlockDifference(ulong Block, string Holds, string Expected);
}
