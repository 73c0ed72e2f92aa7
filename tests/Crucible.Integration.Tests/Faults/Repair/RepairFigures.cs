using System.Diagnostics;
using System.Globalization;
using Crucible.Integration.Tests.Faults.Load;
using Crucible.Integration.Tests.Faults.Network;
using Crucible.Integration.Tests.Faults.Rig;
using Crucible.Integration.Tests.Processes;
using Crucible.Upstairs;

namespace Crucible.Integration.Tests.Faults.Repair;

/// <summary>What repair costs: bytes copied and moved, its rate, and what the guest notices of it (scripts/faults repair).</summary>
/// <param name="geometry">Of the volume.</param>
/// <param name="dataBytes">Bytes written at its beginning; whole megabytes.</param>
/// <param name="guestTime">How long the guest is watched before the repair.</param>
internal sealed class RepairFigures(Geometry geometry, long dataBytes, TimeSpan guestTime) : IAsyncDisposable
{
    private const int PieceBytes = 1 << 20;
    private const int WriteDepth = 8;
    private const int Target = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly DownstairsTrio _trio = new(geometry);
    private readonly List<FaultyProxy> _proxies = [];
    private readonly BlockLedger _ledger = new(run: 1, (int)(dataBytes / geometry.BlockSizeBytes));

    /// <summary>Starts the daemons and fills the beginning of the volume; tells bytes a second, the last flush included.</summary>
    public async Task<double> FillAsync()
    {
        await _trio.InitializeAsync();
        _proxies.AddRange(_trio.Ports.Select(port => new FaultyProxy(port)));
        await using var volume = await Volume.OpenAsync(Options(throughProxies: false));
        var start = Stopwatch.GetTimestamp();
        await WriteAsync(volume, 0, dataBytes);
        return dataBytes / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>One megabyte is changed while a replica is away beyond its place.</summary>
    public async Task<ChangedMegabyte> RepairOneMegabyteAsync()
    {
        await using var volume = await Volume.OpenAsync(Options(throughProxies: true) with
        {
            AwayLimit = TimeSpan.FromMilliseconds(200),
            MaxUnretiredBytes = PieceBytes,
        });
        await UntilAllAreActiveAsync(volume);
        await _trio.KillAsync(Target);
        await WriteAsync(volume, dataBytes / 2, PieceBytes);

        // While it keeps its place the megabyte is kept for it; without, nobody needs it any more.
        await Wait.UntilAsync(() => volume.GetStatus() is { Jobs: 0, HeldBytes: 0 }, Patience, () => "the one that is away keeps its place");
        var moved = _proxies.Sum(p => p.QuestionBytes + p.AnswerBytes);
        var start = Stopwatch.GetTimestamp();
        await _trio.StartAsync(Target);
        await UntilAllAreActiveAsync(volume);
        return new ChangedMegabyte(
            (long)volume.GetStatus().Replicas[Target].RepairedBlocks * volume.BlockSizeBytes,
            _proxies.Sum(p => p.QuestionBytes + p.AnswerBytes) - moved,
            geometry.TotalBytes / geometry.BlockSizeBytes * volume.Definition.ContextSizeBytes,
            Stopwatch.GetElapsedTime(start));
    }

    /// <summary>A replica is wiped, and repaired beside a guest that does small requests, one after the other.</summary>
    /// <param name="depth">How many guests of that kind there are.</param>
    public async Task<WipedReplica> RepairWipedAsync(int depth = 1)
    {
        await using var volume = await Volume.OpenAsync(Options(throughProxies: false));
        await UntilAllAreActiveAsync(volume);
        await using var load = new VerifiedLoad(volume, _ledger, new LoadOptions { Depth = depth });
        load.Start();
        await Wait.LetItLastAsync(guestTime / 4);
        load.Latency.ResetDistribution();
        await Wait.LetItLastAsync(guestTime);
        var (usual, usualMedian) = (load.Latency.Percentile(0.99), load.Latency.Percentile(0.5));

        await _trio.WipeAsync(Target);
        await Wait.UntilAsync(() => volume.GetStatus().Replicas[Target].State == ReplicaState.Repairing, Patience, () => Describe(volume));
        load.Latency.ResetDistribution();
        var took = await UntilAllAreActiveAsync(volume);
        var (repairing, repairingMedian) = (load.Latency.Percentile(0.99), load.Latency.Percentile(0.5));
        var copied = (long)volume.GetStatus().Replicas[Target].RepairedBlocks * volume.BlockSizeBytes;
        await load.StopAsync();
        Assert.Empty(load.Errors);
        await WholeVolume.VerifyAsync(volume, _ledger);
        return new WipedReplica(copied, took, usual, repairing, usualMedian, repairingMedian);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var proxy in _proxies)
        {
            await proxy.DisposeAsync();
        }

        await _trio.DisposeAsync();
    }

    private static Task<TimeSpan> UntilAllAreActiveAsync(Volume volume) =>
        Wait.UntilAsync(() => volume.GetStatus().Replicas.All(r => r.State == ReplicaState.Active), Patience, () => Describe(volume));

    private static string Describe(Volume volume) => string.Create(
        CultureInfo.InvariantCulture,
        $"replica {Target} is {volume.GetStatus().Replicas[Target].State}: {volume.GetStatus().Replicas[Target].Cause}; {volume.GetStatus().Repair}");

    private VolumeOptions Options(bool throughProxies) => new()
    {
        Targets = throughProxies ? [.. _proxies.Select(p => p.Address)] : _trio.Targets,
        ActivationGrace = RunningProgram.Patience,
        ActivationTimeout = Patience,
        Ack = AckMode.Quorum,
    };

    // In order, some pieces at a time, with a flush at the end.
    private async Task WriteAsync(Volume volume, long start, long length)
    {
        var writes = new Task[Math.Min(WriteDepth, length / PieceBytes)];
        var next = start - PieceBytes;
        for (var i = 0; i < writes.Length; i++)
        {
            writes[i] = Task.Run(async () =>
            {
                var piece = new byte[PieceBytes];
                while (Interlocked.Add(ref next, PieceBytes) is var offset && offset < start + length)
                {
                    var first = (int)(offset / volume.BlockSizeBytes);
                    for (var at = 0; at < PieceBytes; at += volume.BlockSizeBytes)
                    {
                        var block = first + (at / volume.BlockSizeBytes);
                        Assert.True(_ledger.TryBegin(block, empties: false, out var stamp));
                        stamp.Fill((ulong)block, piece.AsSpan(at, volume.BlockSizeBytes));
                    }

                    await volume.WriteAsync(offset, piece);
                    for (var at = 0; at < PieceBytes; at += volume.BlockSizeBytes)
                    {
                        _ledger.Acknowledge(first + (at / volume.BlockSizeBytes));
                    }
                }
            });
        }

        await Task.WhenAll(writes);
        await volume.FlushAsync();
    }
}

/// <summary>What it took to repair one changed megabyte.</summary>
/// <param name="CopiedBytes">Bytes of blocks written to the replica.</param>
/// <param name="MovedBytes">Bytes that crossed the wire, to and from all three, from its start until it was active.</param>
/// <param name="ContextBytes">Bytes of all contexts of one replica.</param>
/// <param name="Took">From the daemon's start until it was active.</param>
internal sealed record ChangedMegabyte(long CopiedBytes, long MovedBytes, long ContextBytes, TimeSpan Took);

/// <summary>What it took to repair a wiped replica beside a guest.</summary>
/// <param name="CopiedBytes">Bytes of blocks written to the replica.</param>
/// <param name="Took">From the beginning of its repair until it was active.</param>
/// <param name="UsualP99">What 99 of 100 of the guest's requests took at most before.</param>
/// <param name="RepairP99">The same during the repair.</param>
/// <param name="UsualMedian">What half of them took at most before.</param>
/// <param name="RepairMedian">The same during the repair.</param>
internal sealed record WipedReplica(
    long CopiedBytes, TimeSpan Took, TimeSpan UsualP99, TimeSpan RepairP99, TimeSpan UsualMedian, TimeSpan RepairMedian)
{
    /// <summary>Bytes copied a second.</summary>
    public double BytesPerSecond => CopiedBytes / Took.TotalSeconds;
}
