using System.CommandLine;
using Crucible.Hosting;
using Crucible.Storage;

namespace Crucible.Downstairs.Program;

/// <summary><c>verify</c>: proves every context and every block of a region.</summary>
internal static class VerifyCommand
{
    public static Command Build(LoggingArguments logging)
    {
        var data = CommonOptions.Data();
        var json = CommonOptions.Json();
        var command = new Command("verify", "Reads the whole region and proves every block; exits with 3 where something is damaged.") { data, json };
        command.SetAction((parse, stop) =>
        {
            var region = OfflineRegions.Open(parse.GetRequiredValue(data));
            try
            {
                var quiet = parse.GetValue(json) || logging.Bind(parse, toStandardError: true).Quiet;
                var verifier = Verify(region, quiet, stop);
                var report = VerifyReport.Of(parse.GetRequiredValue(data), verifier);
                if (parse.GetValue(json))
                {
                    JsonOutput.WriteLine(report);
                }
                else
                {
                    report.Write(Console.Out);
                }

                return Task.FromResult(report.BadBlocks == 0 ? ExitCode.Success : ExitCode.Differs);
            }
            finally
            {
                region.Close();
            }
        });
        return command;
    }

    private static RegionVerifier Verify(Region region, bool quiet, CancellationToken stop)
    {
        var verifier = new RegionVerifier(region);
        using var progress = new ProgressLine("verify", (long)region.Definition.TotalBytes, !quiet);
        verifier.Verify((done, _) => progress.Report((long)(done * region.Definition.BlockSizeBytes)), stop);
        return verifier;
    }
}

/// <summary>What <c>verify --json</c> writes.</summary>
internal sealed record VerifyReport(string Path, ulong ProvedBlocks, ulong BadBlocks, IReadOnlyList<VerifyFinding> Findings)
{
    public static VerifyReport Of(string path, RegionVerifier verifier) => new(
        path,
        verifier.ProvedBlocks,
        verifier.BadBlocks,
        [.. verifier.Findings.Select(f => new VerifyFinding(f.Extent.Value, f.Start.Value, f.BlockCount, f.Error, f.Lost))]);

    public void Write(TextWriter output)
    {
        foreach (var finding in Findings)
        {
            output.WriteLine(FormattableString.Invariant(
                $"{(finding.Lost ? "lost" : "damaged")}: extent {finding.Extent} blocks {finding.FirstBlock} to {finding.FirstBlock + finding.BlockCount - 1}: {finding.Error}"));
        }

        output.WriteLine(FormattableString.Invariant($"{Path}: {ProvedBlocks} blocks of data proved, {BadBlocks} damaged"));
    }
}

/// <summary>A run of blocks that can't be believed, and why; lost: every replica had lost them.</summary>
internal sealed record VerifyFinding(uint Extent, ulong FirstBlock, uint BlockCount, ErrorCode Error, bool Lost);
