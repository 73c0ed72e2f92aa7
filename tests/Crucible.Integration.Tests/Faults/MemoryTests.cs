using System.Globalization;
using Crucible.Integration.Tests.Faults.Rig;
using Crucible.Integration.Tests.Processes;
using Xunit.Abstractions;

namespace Crucible.Integration.Tests.Faults;

/// <summary>A replica that hangs costs its own place, not memory (I7).</summary>
public sealed class MemoryTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const long MostGrowthBytes = 200L << 20;

    private static readonly TimeSpan Frozen = TimeSpan.FromSeconds(20);

    private readonly DownstairsTrio _trio = new(new Geometry(4096, 1024, 16));

    public Task InitializeAsync() => _trio.InitializeAsync();

    public Task DisposeAsync() => _trio.DisposeAsync();

    [Fact]
    public async Task I7_The_upstairs_grows_by_less_than_200_MB_while_a_replica_is_frozen_for_20_s_under_full_load()
    {
        using var guest = RunningProgram.Start(GuestProcess.Program, ["verified", .. _trio.Targets]);
        await guest.WaitForAsync("busy");
        var before = ReadStatus(guest.Id, "VmRSS:");

        await _trio.SignalAsync(1, "STOP");
        await Wait.LetItLastAsync(Frozen);
        var most = ReadStatus(guest.Id, "VmHWM:");
        await _trio.SignalAsync(1, "CONT");

        output.WriteLine($"before {before >> 20} MiB, at most {most >> 20} MiB");
        Assert.InRange(most - before, 0, MostGrowthBytes);
        await guest.KillAsync();
    }

    private static long ReadStatus(int process, string name)
    {
        var line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status"))
            .First(l => l.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) << 10;
    }
}
