using System.Globalization;

namespace Crucible.Integration.Tests.Processes;

/// <summary>
/// Three real downstairs on regions of their own in a temporary folder, on ports of the system's choice. A class that takes it
/// as its fixture gets one in the guides' geometry; others make their own.
/// </summary>
public class DownstairsTrio : IAsyncLifetime
{
    private const string Memory = "/dev/shm";
    private const long MemoryBytes = 1L << 30;

    private readonly Geometry[] _geometries;
    private readonly RunningProgram?[] _processes = new RunningProgram?[3];
    private readonly int[] _ports = new int[3];

    public DownstairsTrio()
        : this(Geometry.Guide)
    {
    }

    /// <param name="geometry">Of all three regions.</param>
    internal DownstairsTrio(Geometry geometry)
        : this(geometry, geometry, geometry)
    {
    }

    /// <summary>In memory, where there is room for it: its syncs cost nothing, and wait for no other program's.</summary>
    internal DownstairsTrio(Geometry geometry, bool inMemory)
        : this(geometry)
    {
        if (inMemory && Directory.Exists(Memory) && new DriveInfo(Memory).AvailableFreeSpace >= MemoryBytes)
        {
            Directory.Delete(Folder);
            Folder = Directory.CreateDirectory(Path.Combine(Memory, Path.GetFileName(Folder))).FullName;
        }
    }

    /// <summary>With regions that differ.</summary>
    internal DownstairsTrio(Geometry first, Geometry second, Geometry third)
    {
        _geometries = [first, second, third];
    }

    /// <summary>A temporary folder, also for the tests' own files; gone with the trio.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("crucible-trio-").FullName;

    /// <summary>What each region is created with beside its geometry.</summary>
    public IReadOnlyList<string> CreateArguments { get; init; } = [];

    /// <summary>What each downstairs is given beside its region and address.</summary>
    public IReadOnlyList<string> DownstairsArguments { get; init; } = [];

    /// <summary>Where they listen, for -t.</summary>
    public IReadOnlyList<string> Targets => [.. _ports.Select(p => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{p}"))];

    public IReadOnlyList<int> Ports => _ports;

    public async Task InitializeAsync()
    {
        await CreateAsync();
        await StartAllAsync();
    }

    /// <summary>Creates the regions and starts nothing.</summary>
    public async Task CreateAsync()
    {
        await Task.WhenAll(CreateAsync(0), CreateAsync(1), CreateAsync(2));
    }

    /// <summary>A downstairs is stopped, loses its region, and comes back with an empty one.</summary>
    public async Task WipeAsync(int replica)
    {
        await KillAsync(replica);
        Directory.Delete(RegionOf(replica), recursive: true);
        await CreateAsync(replica);
        await StartAsync(replica);
    }

    /// <summary>Flips a bit of a block of the first extent, which lies there and not in the journal.</summary>
    public void Flip(int replica, uint block)
    {
        using var extent = new FileStream(
            Path.Combine(RegionOf(replica), "extents", "00", "000", "000"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        extent.Position = block * _geometries[replica].BlockSizeBytes;
        var value = extent.ReadByte();
        extent.Position--;
        extent.WriteByte((byte)(value ^ 0x10));
    }

    /// <summary>Creates one region.</summary>
    public async Task CreateAsync(int replica)
    {
        var geometry = _geometries[replica];
        Directory.CreateDirectory(DiskOf(replica));
        (await RunningProgram.RunAsync("crucible-downstairs",
        [
            "create", "-d", RegionOf(replica),
            "--block-size", Text(geometry.BlockSizeBytes),
            "--extent-size", Text(geometry.ExtentSizeBlocks),
            "--extent-count", Text(geometry.ExtentCount),
            .. CreateArguments,
        ])).Expect(0);
    }

    public async Task DisposeAsync()
    {
        await EndAllAsync();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>kill -9 of those that run.</summary>
    public async Task EndAllAsync()
    {
        for (var i = 0; i < _processes.Length; i++)
        {
            if (_processes[i] is not null)
            {
                await KillAsync(i);
            }
        }
    }

    /// <summary>The folder that holds a region's directory and nothing else.</summary>
    public string DiskOf(int replica) => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"disk{replica}"));

    /// <summary>The directory of a region.</summary>
    public string RegionOf(int replica) => Path.Combine(DiskOf(replica), "region");

    /// <summary>A file for a test in the trio's folder.</summary>
    public string FileNamed(string name) => Path.Combine(Folder, name);

    /// <summary>Starts a downstairs that does not run, on the port it had before.</summary>
    public async Task StartAsync(int replica)
    {
        var process = RunningProgram.Start(
            "crucible-downstairs",
            ["run", "-d", RegionOf(replica), "-a", "127.0.0.1", "-p", Text((uint)_ports[replica]), "--job-log", "off", .. DownstairsArguments]);
        _processes[replica] = process;
        var address = await process.WaitForAsync("listening on 127.0.0.1:");
        _ports[replica] = int.Parse(address, CultureInfo.InvariantCulture);
    }

    /// <summary>What one prints on its standard output from a text on, to the end of the line.</summary>
    public Task<string> WaitForAsync(int replica, string text) => _processes[replica]!.WaitForAsync(text);

    /// <summary>The same on its standard error, where warnings go.</summary>
    public Task<string> WaitForErrorAsync(int replica, string text) => _processes[replica]!.WaitForErrorAsync(text);

    /// <summary>Gives a downstairs that was never started a port where nobody listens.</summary>
    public void LeaveOut(int replica) => _ports[replica] = FreePorts.Take();

    /// <summary>Sends a signal, such as STOP or CONT, to one.</summary>
    public Task SignalAsync(int replica, string signal) => _processes[replica]!.SignalAsync(signal);

    /// <summary>SIGTERM to one, which ends in order.</summary>
    public async Task StopAsync(int replica)
    {
        using var process = _processes[replica]!;
        _processes[replica] = null;
        await process.SignalAsync("TERM");
        (await process.FinishAsync()).Expect(0);
    }

    /// <summary>SIGTERM to all three.</summary>
    public Task StopAllAsync() => Task.WhenAll(StopAsync(0), StopAsync(1), StopAsync(2));

    /// <summary>kill -9 of one.</summary>
    public async Task KillAsync(int replica)
    {
        await _processes[replica]!.KillAsync();
        _processes[replica]!.Dispose();
        _processes[replica] = null;
    }

    /// <summary>kill -9 of all three.</summary>
    public Task KillAllAsync() => Task.WhenAll(KillAsync(0), KillAsync(1), KillAsync(2));

    /// <summary>Starts all three.</summary>
    public Task StartAllAsync() => Task.WhenAll(StartAsync(0), StartAsync(1), StartAsync(2));

    /// <summary>Runs crucible-upstairs on the three, to its end.</summary>
    public Task<Finished> UpstairsAsync(params string[] arguments) => UpstairsAsync((byte[]?)null, arguments);

    /// <summary>The same with something on its standard input.</summary>
    public Task<Finished> UpstairsAsync(byte[]? input, params string[] arguments) =>
        RunningProgram.RunAsync("crucible-upstairs", [.. arguments, .. TargetArguments()], input);

    /// <summary>Starts crucible-upstairs on the three and goes on.</summary>
    public RunningProgram StartUpstairs(params string[] arguments) =>
        RunningProgram.Start("crucible-upstairs", [.. arguments, .. TargetArguments()]);

    /// <summary>Compares the three regions, which no downstairs may run on.</summary>
    public Task<Finished> DumpAsync() => RunningProgram.RunAsync(
        "crucible-downstairs", ["dump", "-o", "-d", RegionOf(0), "-d", RegionOf(1), "-d", RegionOf(2)]);

    private IEnumerable<string> TargetArguments() => Targets.SelectMany(t => new[] { "-t", t });

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
