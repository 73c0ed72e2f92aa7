using System.Net;
using Crucible.Dsc.Output;
using Crucible.Dsc.Ports;
using Crucible.Dsc.Processes;
using Crucible.Dsc.Regions;
using Crucible.Dsc.Supervision;
using Crucible.Hosting;

namespace Crucible.Dsc.Demo;

/// <summary>Three downstairs, one client run through them, and all stopped again.</summary>
internal sealed class DemoRun(DemoOptions options, LineOutput output, TimeProvider time)
{
    /// <summary>Only this machine: nobody is asked who they are, so nobody else should be able to come.</summary>
    private static readonly IPAddress Address = IPAddress.Loopback;

    /// <summary>Runs it all.</summary>
    /// <exception cref="DscException">A port is taken, a region cannot be made, or a downstairs did not start.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before the client was done. Everything was stopped.</exception>
    public async Task<DemoReport> RunAsync(CancellationToken cancellationToken)
    {
        var ports = ChoosePorts();
        var created = await MakeRegionsAsync(cancellationToken);
        var launches = options.Ports.Select((port, index) => Launch(port, index, ports[index]));
        var report = await RunSetAsync(launches, created, cancellationToken);
        if (!report.Ok)
        {
            output.Say($"The client failed with exit code {report.ClientExitCode}.");
        }
        else if (!options.Keep)
        {
            // Last, where it stays on the screen: the downstairs have told that they stopped.
            SayNextSteps(report);
        }

        return report;
    }

    private async Task<DemoReport> RunSetAsync(
        IEnumerable<DownstairsLaunch> launches, IReadOnlyList<bool> created, CancellationToken cancellationToken)
    {
        await using var set = new DownstairsSet(launches, output, RestartBackoff.Usual, time);
        output.Say("Starting three downstairs");
        await set.StartAsync(cancellationToken);
        var report = await RunClientAsync(set, created, cancellationToken);
        if (report.Ok && options.Keep)
        {
            SayNextSteps(report);
            await KeepAsync(set, cancellationToken);
        }

        return report;
    }

    private void SayNextSteps(DemoReport report)
    {
        var targets = report.Downstairs.Select(replica => replica.Address).ToList();
        foreach (var line in NextSteps.Lines(options, targets, Environment.CurrentDirectory))
        {
            output.Say(line);
        }
    }

    private IReadOnlyList<int> ChoosePorts()
    {
        try
        {
            return PortPlan.Choose(
                options.Ports, options.AnyPort, port => LocalPort.IsFree(Address, port), port => PortOwner.Find(port)?.ToString());
        }
        catch (DscException e)
        {
            throw new DscException($"{e.Message}: stop it, or let the demo take free ports with --any-port");
        }
    }

    private async Task<IReadOnlyList<bool>> MakeRegionsAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.Folder);
        var maker = new RegionMaker(options.Downstairs, output);
        var created = new List<bool>();
        foreach (var (index, folder) in options.Ports.Select(options.RegionOf).Index())
        {
            created.Add(!RegionFolder.HoldsRegion(folder));
            if (created[index])
            {
                output.Say($"Making a region in {folder}");
                await maker.MakeAsync(folder, index, options.Geometry, cancellationToken);
            }
            else
            {
                output.Say($"Using the region in {folder}");
            }
        }

        return created;
    }

    private DownstairsLaunch Launch(int wanted, int index, int port) => new()
    {
        Name = $"{wanted}",
        Index = index,
        Program = options.Downstairs,
        Region = options.RegionOf(wanted),
        Address = $"{Address}",
        Port = port,
    };

    private async Task<DemoReport> RunClientAsync(
        DownstairsSet set, IReadOnlyList<bool> created, CancellationToken cancellationToken)
    {
        var arguments = set.Targets.SelectMany(target => (string[])["-t", target]).ToList();
        output.Say($"{SiblingPrograms.Upstairs} {string.Join(' ', arguments)}");
        var start = time.GetTimestamp();
        await using var client = ChildProcess.Start(options.Upstairs, arguments, output.Line);
        var code = await client.Exited.WaitAsync(cancellationToken);
        var seconds = Math.Round(time.GetElapsedTime(start).TotalSeconds, 3);
        var replicas = set.Members.Select((member, index) =>
            new DemoReport.Replica(member.Launch.Region, created[index], $"{member.EndPoint}", member.ProcessId));
        return new DemoReport(code == 0, code, seconds, [.. replicas]);
    }

    private static async Task KeepAsync(DownstairsSet set, CancellationToken cancellationToken)
    {
        try
        {
            await set.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C is how keeping ends.
        }
    }
}
