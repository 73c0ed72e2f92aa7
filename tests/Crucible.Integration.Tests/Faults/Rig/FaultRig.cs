using System.Globalization;
using Crucible.Integration.Tests.Faults.Load;
using Crucible.Integration.Tests.Faults.Network;
using Crucible.Integration.Tests.Processes;
using Crucible.Upstairs;

namespace Crucible.Integration.Tests.Faults.Rig;

/// <summary>Three real downstairs, a volume on them in this process, and a guest under verified load.</summary>
internal sealed class FaultRig : IAsyncDisposable
{
    /// <summary>How long a volume may take until all three replicas are active again: a limit of patience, not of the product.</summary>
    private static readonly TimeSpan HealthPatience = TimeSpan.FromSeconds(120);

    // Many times what the guest has under way.
    private const int MostOwed = 1000;

    // The beginning of what differs says enough.
    private const int MaxDumpText = 3000;

    private readonly RigOptions _options;
    private readonly List<SmallDisk> _disks = [];
    private readonly List<FaultyProxy> _proxies = [];
    private readonly BlockLedger _ledger;
    private Volume? _volume;
    private VerifiedLoad? _load;
    private StallControl? _stalls;

    private FaultRig(RigOptions options)
    {
        _options = options;
        Trio = new DownstairsTrio(options.Geometry, options.InMemory) { CreateArguments = ["--journal-size", "32MiB"] };
        _ledger = new BlockLedger(run: 1, (int)(options.Geometry.TotalBytes / options.Geometry.BlockSizeBytes));
    }

    public DownstairsTrio Trio { get; }

    public IReadOnlyList<FaultyProxy> Proxies => _proxies;

    public IReadOnlyList<SmallDisk> Disks => _disks;

    public Volume Volume => _volume!;

    public VerifiedLoad Load => _load!;

    public StallControl Stalls => _stalls!;

    public static async Task<FaultRig> StartAsync(RigOptions options)
    {
        var rig = new FaultRig(options);
        try
        {
            await rig.StartAsync();
            return rig;
        }
        catch
        {
            await rig.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Waits until all three replicas are active and none is behind: one that still digests what a slow link held up is not
    /// well yet, and the next fault, on another one, would be a second at the same time. Tells how long that took.
    /// </summary>
    public Task<TimeSpan> UntilHealthyAsync() => Wait.UntilAsync(
        () => Volume.GetStatus().Replicas.All(r => r is { State: ReplicaState.Active, OutstandingJobs: < MostOwed }) || Load.Errors.Count > 0,
        HealthPatience, Describe);

    /// <summary>Waits until the volume has noticed that a replica was not well; it may have come back by then.</summary>
    public Task<TimeSpan> UntilNoticedAsync(int replica, DateTimeOffset since) =>
        Wait.UntilAsync(() => Changes(replica, since).Any(c => c.From == ReplicaState.Active), HealthPatience, Describe);

    /// <summary>What became of the replicas since then.</summary>
    public IEnumerable<ReplicaTransition> ChangesSince(DateTimeOffset since) => Volume.GetStatus().History.Where(c => c.Time >= since);

    /// <summary>Bytes that repair wrote to a replica since then.</summary>
    public ulong CopiedSince(int replica, DateTimeOffset since) => Changes(replica, since).Any(c => c.To == ReplicaState.Repairing)
        ? Volume.GetStatus().Replicas[replica].RepairedBlocks * (ulong)Volume.BlockSizeBytes
        : 0;

    /// <summary>Waits until the guest has done so much more.</summary>
    public async Task LetTheGuestDoAsync(int requests)
    {
        var from = Load.Latency.Count;
        await Wait.UntilAsync(() => Load.Latency.Count >= from + requests || Load.Errors.Count > 0, HealthPatience, Describe);
    }

    /// <summary>How the replicas are, for a test that fails.</summary>
    public string Describe() => string.Join(
        "; ", Volume.GetStatus().Replicas.Select(r => string.Create(CultureInfo.InvariantCulture, $"replica {r.Id} is {r.State}, owes {r.OutstandingJobs}: {r.Cause}")));

    /// <summary>
    /// Ends the guest, closes the volume and stops the daemons in order. Then the three regions must be equal, and any two of
    /// them alone hold everything the guest was promised.
    /// </summary>
    public async Task FinishAsync()
    {
        await Load.StopAsync();
        Assert.Empty(Load.Errors);
        await WholeVolume.VerifyAsync(Volume, _ledger);
        await Volume.FlushAsync();
        await Wait.UntilAsync(
            () => Volume.GetStatus().Replicas.All(r => r is { State: ReplicaState.Active, OutstandingJobs: 0 }), HealthPatience, Describe);
        await Volume.DisposeAsync();
        _volume = null;
        await Trio.StopAllAsync();
        var dump = await Trio.DumpAsync();
        Assert.True(dump.Code == 0, $"the regions differ: {dump.Output[..Math.Min(dump.Output.Length, MaxDumpText)]} {dump.Error}");
        foreach (var (a, b) in new[] { (0, 1), (1, 2), (0, 2) })
        {
            await Task.WhenAll(Trio.StartAsync(a), Trio.StartAsync(b));
            await using (var volume = await Volume.OpenAsync(new VolumeOptions { Targets = Trio.Targets, ActivationGrace = TimeSpan.Zero }))
            {
                await WholeVolume.VerifyAsync(volume, _ledger);
            }

            await Task.WhenAll(Trio.StopAsync(a), Trio.StopAsync(b));
        }
    }

    public async ValueTask DisposeAsync()
    {
        _load?.BeginStop();
        if (_volume is not null)
        {
            // Requests still under way fail with it, and so the guest ends.
            await _volume.DisposeAsync();
        }

        if (_load is not null)
        {
            await _load.DisposeAsync();
        }

        _stalls?.Dispose();
        foreach (var proxy in _proxies)
        {
            await proxy.DisposeAsync();
        }

        await Trio.EndAllAsync();
        foreach (var disk in _disks)
        {
            await disk.DisposeAsync();
        }

        await Trio.DisposeAsync();
    }

    private IEnumerable<ReplicaTransition> Changes(int replica, DateTimeOffset since) =>
        ChangesSince(since).Where(c => c.Replica.Value == replica);

    private async Task StartAsync()
    {
        for (var i = 0; i < 3 && _options.DiskBytes > 0; i++)
        {
            _disks.Add(await SmallDisk.MountAsync(Trio.DiskOf(i), _options.DiskBytes));
        }

        await Trio.InitializeAsync();
        if (_options.ThroughProxies)
        {
            _proxies.AddRange(Trio.Ports.Select(port => new FaultyProxy(port)));
        }

        _volume = await Volume.OpenAsync(new VolumeOptions
        {
            Targets = _options.ThroughProxies ? [.. _proxies.Select(p => p.Address)] : Trio.Targets,
            Ack = _options.Ack,
        });
        _stalls = new StallControl(Trio.Folder);
        _load = new VerifiedLoad(_volume, _ledger, _options.Load);
        _load.Start();
        await LetTheGuestDoAsync(_options.Load.Depth * 100);
    }
}
