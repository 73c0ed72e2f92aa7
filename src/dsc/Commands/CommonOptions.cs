using System.CommandLine;
using System.CommandLine.Parsing;
using Crucible.Dsc.Ports;

namespace Crucible.Dsc.Commands;

/// <summary>Options that several commands of dsc have.</summary>
internal static class CommonOptions
{
    /// <summary>How many downstairs make a volume.</summary>
    public const int ReplicaCount = 3;

    /// <summary>The crucible-downstairs to run.</summary>
    public static Option<string?> DownstairsProgram() => new("--ds-bin")
    {
        Description = "The crucible-downstairs to run, instead of the one that belongs to this dsc",
        HelpName = "PATH",
    };

    /// <summary>The directories of the three regions, one each time it is given.</summary>
    public static Option<string[]> RegionFolders()
    {
        var option = new Option<string[]>("--region-dir")
        {
            Description = "The directory of a region; given three times, each another one",
            HelpName = "DIR",
            Required = true,
        };
        option.Validators.Add(CheckRegionFolders);
        return option;
    }

    /// <summary>The port of the first downstairs.</summary>
    public static Option<int> PortBase(int usual) => new("--port-base")
    {
        Description = "The port of the first downstairs",
        HelpName = "PORT",
        DefaultValueFactory = _ => usual,
    };

    /// <summary>The ports that a base and a step give.</summary>
    /// <exception cref="Crucible.Hosting.UsageException">One is no port.</exception>
    public static IReadOnlyList<int> Ports(int first, int step)
    {
        try
        {
            return PortPlan.Series(first, step, ReplicaCount);
        }
        catch (DscException e)
        {
            throw new Crucible.Hosting.UsageException(e.Message, e);
        }
    }

    private static void CheckRegionFolders(OptionResult result)
    {
        var folders = result.Tokens.Select(token => Path.TrimEndingDirectorySeparator(Path.GetFullPath(token.Value))).ToList();
        if (folders.Count != ReplicaCount)
        {
            result.AddError($"--region-dir must be given {ReplicaCount} times, not {folders.Count}");
        }
        else if (folders.Distinct(StringComparer.Ordinal).Count() != ReplicaCount)
        {
            result.AddError("--region-dir names the same directory twice");
        }
    }
}
