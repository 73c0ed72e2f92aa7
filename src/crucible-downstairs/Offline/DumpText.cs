using System.Globalization;

namespace Crucible.Downstairs.Program;

/// <summary>A dump for people.</summary>
internal static class DumpText
{
    private const int VersionWidth = 18;
    private const int ContextWidth = 34;

    public static void Write(TextWriter output, DumpReport report)
    {
        WriteRegions(output, report);
        WriteExtents(output, report);
        WriteBlocks(output, report);
        foreach (var difference in report.Differences)
        {
            output.WriteLine(Describe(difference));
        }

        if (report.DifferenceCount > (ulong)report.Differences.Count)
        {
            output.WriteLine(FormattableString.Invariant($"… {report.DifferenceCount} differences in all"));
        }

        if (report.Regions.Count > 1)
        {
            output.WriteLine(report.Alike ? $"the {report.Regions.Count} regions are alike" : $"the {report.Regions.Count} regions differ");
        }
    }

    private static void WriteRegions(TextWriter output, DumpReport report)
    {
        var number = 0;
        foreach (var region in report.Regions)
        {
            output.WriteLine(FormattableString.Invariant(
                $"[{number++}] {region.Path}  region {region.Region}  volume {region.Volume ?? "none"}"));
            output.WriteLine(FormattableString.Invariant(
                $"    bs:{region.BlockSizeBytes} es:{region.ExtentSizeBlocks} ec:{region.ExtentCount}{(region.Encrypted ? " encrypted" : "")}")
                + FormattableString.Invariant($"  promised gen:{region.PromisedGeneration}  in sync gen:{region.InSyncGeneration}")
                + (region.Repairing ? "  under repair" : ""));
            output.WriteLine(FormattableString.Invariant(
                $"    last job gen:{region.PositionGeneration} rn:{region.PositionJob}  last flush gen:{region.FlushGeneration} fln:{region.FlushNumber}")
                + FormattableString.Invariant($"  journal holds {region.JournalBytesUsed} bytes"));
        }
    }

    private static void WriteExtents(TextWriter output, DumpReport report)
    {
        if (report.Extents.Count == 0)
        {
            return;
        }

        output.WriteLine(Line("extent", Columns(report.Regions.Select((_, i) => $"[{i}] gen fln dirty"), VersionWidth), differs: false));
        foreach (var extent in report.Extents)
        {
            output.WriteLine(Line(
                extent.Extent.ToString(CultureInfo.InvariantCulture).PadLeft(6), Columns(extent.Versions.Select(Version), VersionWidth), extent.Differs));
        }
    }

    private static void WriteBlocks(TextWriter output, DumpReport report)
    {
        if (report.Blocks.Count == 0)
        {
            return;
        }

        output.WriteLine(Line(" block", Columns(report.Regions.Select((_, i) => $"[{i}] state checksum"), ContextWidth), differs: false));
        foreach (var block in report.Blocks)
        {
            output.WriteLine(Line(
                block.Block.ToString(CultureInfo.InvariantCulture).PadLeft(6), Columns(block.Contexts.Select(Context), ContextWidth), block.Differs));
        }
    }

    private static string Line(string name, string columns, bool differs) => $"{name}  {columns}{(differs ? "  differs" : "")}".TrimEnd();

    private static string Columns(IEnumerable<string> cells, int width) => string.Join("  ", cells.Select(c => c.PadRight(width)));

    private static string Version(DumpVersion version) =>
        FormattableString.Invariant($"{version.Generation} {version.FlushNumber}{(version.Dirty ? " dirty" : "")}{(version.Faulted ? " faulted" : "")}");

    // The first eight bytes of a context are the checksum, least significant first.
    private static string Context(DumpContext context) => context.State == "data" && context.Bytes is { } bytes
        ? $"data {string.Concat(Enumerable.Range(0, 8).Select(i => bytes.Substring((7 - i) * 2, 2)))}"
        : context.State;

    private static string Describe(DumpDifference difference) => difference.Kind switch
    {
        "geometry" => "differs: the geometry",
        "version" => FormattableString.Invariant($"differs: extent {difference.Extent} version"),
        _ => FormattableString.Invariant(
            $"differs: extent {difference.Extent} blocks {difference.FirstBlock} to {difference.FirstBlock + difference.BlockCount - 1} {difference.Kind}"),
    };
}
