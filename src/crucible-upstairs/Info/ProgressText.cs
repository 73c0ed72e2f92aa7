using System.Globalization;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>A repair's or a scrub's progress in one line, with a bar.</summary>
internal static class ProgressText
{
    private const int BarCells = 24;

    /// <summary><c>replica 1 [######----]  25 % 128 MiB of 512 MiB compared, 3 MiB copied, 90 MiB/s, 4s left</c>.</summary>
    public static string Of(RepairInfo repair)
    {
        var rate = repair.BytesPerSecond is { } bytes ? $", {ByteSize.Format((long)bytes)}/s" : "";
        var left = repair.EstimatedSeconds is { } seconds ? $", {Duration.Format(TimeSpan.FromSeconds(Math.Ceiling(seconds)))} left" : "";
        var bad = repair.BadBlocks > 0 ? string.Create(CultureInfo.InvariantCulture, $", {repair.BadBlocks} blocks that no replica can tell") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"replica {repair.Replica} {Bar(repair.Compared, repair.Total)} {ByteSize.Format(repair.Compared)} of {ByteSize.Format(repair.Total)} compared, {ByteSize.Format(repair.Copied)} copied{rate}{left}{bad}");
    }

    /// <summary><c>running [######----]  25 % 128 MiB of 512 MiB, 0 bad blocks, 0 healed</c>.</summary>
    public static string Of(ScrubInfo scrub) => string.Create(
        CultureInfo.InvariantCulture,
        $"{scrub.State} {Bar(scrub.CheckedBytes, scrub.TotalBytes)} {ByteSize.Format(scrub.CheckedBytes)} of {ByteSize.Format(scrub.TotalBytes)}, {scrub.BadBlocks} bad blocks, {scrub.HealedBlocks} healed{(scrub.Error is null ? "" : $": {scrub.Error}")}");

    private static string Bar(long done, long total)
    {
        // Rounded down: 100 % is said only when it is true.
        var part = total <= 0 ? 1 : Math.Clamp((double)done / total, 0, 1);
        var filled = (int)(part * BarCells);
        return string.Create(
            CultureInfo.InvariantCulture, $"[{new string('#', filled)}{new string('-', BarCells - filled)}] {Math.Floor(part * 100),3:0} %");
    }
}
