using System.Globalization;
using Crucible.Integration.Tests.Faults.Crashes;
using Crucible.Integration.Tests.Faults.Load;
using Crucible.Integration.Tests.Faults.Rig;
using Crucible.Upstairs;

namespace Crucible.Integration.Tests.Faults;

/// <summary>The guests that tests start as processes of their own, to kill them, freeze them or weigh them.</summary>
internal static class GuestProcess
{
    /// <summary>The program that they are: this assembly.</summary>
    public const string Program = "Crucible.Integration.Tests";

    /// <summary>How a guest ends whose volume somebody else took over.</summary>
    public const int Superseded = 4;

    /// <summary>Runs one until it is killed or a request fails.</summary>
    /// <param name="arguments">Which, its options, and the three targets at the end.</param>
    /// <returns>Its exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        var (kind, options, targets) = (arguments[0], arguments[1..^3], arguments[^3..]);
        try
        {
            await using var volume = await Volume.OpenAsync(new VolumeOptions
            {
                Targets = targets,
                Ack = Enum.Parse<AckMode>(CommandLine.Text(options, "--ack") ?? nameof(AckMode.Fast)),
                ActivationTimeout = TimeSpan.FromSeconds(30),
            });
            await (kind == "ordered" ? OrderedAsync(volume, (uint)CommandLine.Number(options, "--run", 1)) : VerifiedAsync(volume));
            return 0;
        }
        catch (VolumeException e)
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{e.GetType().Name}: {e.Message}"));
            return e is VolumeSupersededException ? Superseded : 1;
        }
    }

    private static async Task OrderedAsync(Volume volume, uint run)
    {
        using var guest = new OrderedGuest(volume, run, Console.OpenStandardOutput());
        await guest.RunAsync();
    }

    // Begins to write as fast as it can, says so, and goes on for good.
    private static async Task VerifiedAsync(Volume volume)
    {
        var options = new LoadOptions { ReadPercent = 10 };
        var ledger = new BlockLedger(run: 1, (int)(volume.SizeBytes / volume.BlockSizeBytes));
        await using var load = new VerifiedLoad(volume, ledger, options);
        load.Start();
        await Wait.UntilAsync(() => load.Latency.Count > 20_000 || load.Errors.Count > 0, TimeSpan.FromMinutes(1), () => "no progress");
        Console.WriteLine("busy");
        await load.Completion;
        if (load.Failure is { } failure)
        {
            throw failure;
        }

        Console.WriteLine(string.Join('\n', load.Errors));
    }
}
