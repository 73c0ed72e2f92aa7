using System.CommandLine;
using Crucible.Dsc.Output;
using Crucible.Dsc.Processes;
using Crucible.Dsc.Regions;
using Crucible.Hosting;

namespace Crucible.Dsc.Commands;

/// <summary><c>dsc create</c>.</summary>
internal static class CreateCommand
{
    private static readonly Option<string[]> RegionFolders = CommonOptions.RegionFolders();

    private static readonly Option<bool> CleanUp = new("--cleanup")
    {
        Description = "Delete the regions that lie in the directories first, with all their data",
    };

    private static readonly Option<uint> BlockSize = new("--block-size")
    {
        Description = "Bytes of a block: a power of two from 512 to 32768",
        HelpName = "BYTES",
        DefaultValueFactory = _ => RegionGeometry.Default.BlockSizeBytes,
    };

    private static readonly Option<uint> ExtentSize = new("--extent-size")
    {
        Description = "Blocks of an extent",
        HelpName = "BLOCKS",
        DefaultValueFactory = _ => RegionGeometry.Default.ExtentSizeBlocks,
    };

    private static readonly Option<uint> ExtentCount = new("--extent-count")
    {
        Description = "Extents of the region",
        HelpName = "COUNT",
        DefaultValueFactory = _ => RegionGeometry.Default.ExtentCount,
    };

    private static readonly Option<bool> Encrypted = new("--encrypted")
    {
        Description = "Make regions for a volume whose upstairs encrypts",
    };

    private static readonly Option<string?> DownstairsProgram = CommonOptions.DownstairsProgram();

    public static Command Create()
    {
        var command = new Command("create", "Make the three regions of a volume.")
        {
            RegionFolders, CleanUp, BlockSize, ExtentSize, ExtentCount, Encrypted, DownstairsProgram,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var geometry = new RegionGeometry(
            parse.GetRequiredValue(BlockSize), parse.GetRequiredValue(ExtentSize), parse.GetRequiredValue(ExtentCount),
            parse.GetValue(Encrypted));
        Check(geometry);
        var program = SiblingPrograms.OfThisProcess().Find(SiblingPrograms.Downstairs, parse.GetValue(DownstairsProgram));
        var maker = new RegionMaker(program, LineOutput.ToConsole(standardError: false));
        foreach (var (index, folder) in parse.GetRequiredValue(RegionFolders).Index())
        {
            if (parse.GetValue(CleanUp))
            {
                RegionFolder.Delete(folder);
            }

            await maker.MakeAsync(folder, index, geometry, cancellationToken);
        }

        return ExitCode.Success;
    }

    /// <summary>Sizes that crucible-downstairs would refuse are refused here, before --cleanup deletes anything for them.</summary>
    private static void Check(RegionGeometry geometry)
    {
        try
        {
            _ = new RegionDefinition(
                geometry.BlockSizeBytes, geometry.ExtentSizeBlocks, geometry.ExtentCount, geometry.Encrypted);
        }
        catch (InvalidGeometryException e)
        {
            throw new UsageException(e.Message, e);
        }
    }
}
