using System.CommandLine;
using System.Net;
using Crucible.Dsc.Output;
using Crucible.Dsc.Ports;
using Crucible.Dsc.Processes;
using Crucible.Dsc.Regions;
using Crucible.Dsc.Supervision;
using Crucible.Hosting;

namespace Crucible.Dsc.Commands;

/// <summary><c>dsc start</c>.</summary>
internal static class StartCommand
{
    private const int FirstPort = 8810;
    private const int UsualStep = 10;

    private static readonly Option<string[]> RegionFolders = CommonOptions.RegionFolders();

    private static readonly Option<IPAddress> Address = new("--address")
    {
        Description = "The address that all listen on; 0.0.0.0 lets other machines in",
        HelpName = "IP",
        DefaultValueFactory = _ => IPAddress.Loopback,
        CustomParser = result =>
        {
            if (IPAddress.TryParse(result.Tokens[0].Value, out var address))
            {
                return address;
            }

            result.AddError($"--address {result.Tokens[0].Value} is no IP address");
            return null;
        },
    };

    private static readonly Option<int> PortBase = CommonOptions.PortBase(FirstPort);

    private static readonly Option<int> PortStep = new("--port-step")
    {
        Description = "How far the port of each lies above the one before",
        HelpName = "N",
        DefaultValueFactory = _ => UsualStep,
    };

    private static readonly Option<string?> DownstairsProgram = CommonOptions.DownstairsProgram();

    public static Command Create()
    {
        var command = new Command("start", "Run the three downstairs of a volume and keep them running until Ctrl-C.")
        {
            RegionFolders, Address, PortBase, PortStep, DownstairsProgram,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var folders = parse.GetRequiredValue(RegionFolders);
        var ports = CommonOptions.Ports(parse.GetRequiredValue(PortBase), parse.GetRequiredValue(PortStep));
        var address = parse.GetRequiredValue(Address);
        var program = SiblingPrograms.OfThisProcess().Find(SiblingPrograms.Downstairs, parse.GetValue(DownstairsProgram));
        if (Array.Find(folders, folder => !RegionFolder.HoldsRegion(folder)) is { } empty)
        {
            throw new DscException($"{empty} holds no region: make the three with dsc create");
        }

        PortPlan.Choose(
            ports, anyPort: false, port => LocalPort.IsFree(address, port), port => PortOwner.Find(port)?.ToString());
        var launches = folders.Select((folder, index) => new DownstairsLaunch
        {
            Name = $"{ports[index]}",
            Index = index,
            Program = program,
            Region = folder,
            Address = $"{address}",
            Port = ports[index],
        });
        var output = LineOutput.ToConsole(standardError: false);
        await using var set = new DownstairsSet(launches, output, RestartBackoff.Usual, TimeProvider.System);
        return await RunUntilStoppedAsync(set, output, cancellationToken);
    }

    private static async Task<int> RunUntilStoppedAsync(
        DownstairsSet set, LineOutput output, CancellationToken cancellationToken)
    {
        try
        {
            await set.StartAsync(cancellationToken);
            output.Say($"Three downstairs run until Ctrl-C: {string.Join(' ', set.Targets.Select(target => $"-t {target}"))}");
            await set.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Being stopped is how a daemon's run ends well.
        }

        return ExitCode.Success;
    }
}
