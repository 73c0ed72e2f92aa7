using System.Globalization;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>Writes two blocks that lie in two extents, flushes, reads them back and compares, telling each step.</summary>
internal sealed class GuideRun(VolumeSession session)
{
    /// <summary>How long the run waits for its jobs to be retired by every replica.</summary>
    private static readonly TimeSpan RetireLimit = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan RetirePoll = TimeSpan.FromMilliseconds(5);

    private readonly Volume _volume = session.Volume;

    public async Task<int> RunAsync()
    {
        var (offset, length) = ChooseRange(_volume.Definition);
        Tell($"Global using: {_volume.Definition}");
        var written = new byte[length];
        var read = new byte[length];
        Random.Shared.NextBytes(written);

        Tell("send a write");
        await _volume.WriteAsync(offset, written, session.Stop);
        Tell("send a flush");
        await _volume.FlushAsync(session.Stop);
        Tell($"nwo: {PiecesOf(_volume.Definition, offset, length)} from offset:{offset} data len:{length}");
        Tell("send a read");
        await _volume.ReadAsync(offset, read, session.Stop);
        Tell("Tests done, wait");
        await AwaitRetirementAsync();
        return Compare(offset, written, read);
    }

    /// <summary>The last block of the first extent and the first of the second: two jobs. Smaller volumes: what there is.</summary>
    internal static (long Offset, int Length) ChooseRange(RegionDefinition definition)
    {
        var block = (long)definition.BlockSizeBytes;
        var total = (long)definition.TotalBytes;
        var length = Math.Min(2 * block, total);
        return definition.ExtentCount > 1
            ? ((long)definition.ExtentSizeBytes - block, (int)length)
            : (total - length, (int)length);
    }

    private int Compare(long offset, byte[] written, byte[] read)
    {
        var same = written.AsSpan().CommonPrefixLength(read);
        var matches = same == written.Length;
        if (session.Options.Json)
        {
            JsonOutput.WriteLine(new { Offset = offset, LengthBytes = written.Length, Matches = matches });
        }

        if (!matches)
        {
            Console.Error.WriteLine($"error: what was read differs from what was written, first at byte {offset + same}");
            return ExitCode.Differs;
        }

        Tell("all Tests done");
        return ExitCode.Success;
    }

    // A job is kept until every replica has flushed it, which a slow third one may do after the guest has its answer.
    private async Task AwaitRetirementAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(session.Stop);
        limit.CancelAfter(RetireLimit);
        try
        {
            while (_volume.GetStatus().Jobs > 0)
            {
                await Task.Delay(RetirePoll, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!session.Stop.IsCancellationRequested)
        {
            var absent = _volume.GetStatus().Replicas.Where(r => r.State != ReplicaState.Active).Select(r => $"{r.Address} ({r.Cause})");
            Tell($"{_volume.GetStatus().Jobs} jobs are kept for a replica that is away: {string.Join(", ", absent)}");
        }
    }

    private static string PiecesOf(RegionDefinition definition, long offset, int length)
    {
        var pieces = new List<string>();
        for (var done = 0; done < length; done += (int)definition.BlockSizeBytes)
        {
            var block = new BlockIndex((ulong)(offset + done) >> definition.BlockShift);
            pieces.Add($"({definition.ExtentOf(block)}, {definition.OffsetInExtent(block)}, {definition.BlockSizeBytes})");
        }

        return $"[{string.Join(", ", pieces)}]";
    }

    private void Tell(FormattableString line) => session.Log.Tell(line.ToString(CultureInfo.InvariantCulture));

    private void Tell(string line) => session.Log.Tell(line);
}
