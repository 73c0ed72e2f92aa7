using Crucible.Integration.Tests.Acceptance;
using Crucible.Integration.Tests.Faults.Network;
using Crucible.Integration.Tests.Faults.Rig;

namespace Crucible.Integration.Tests.Faults.Kinds;

/// <summary>The faults of one replica that a guest must not notice (I5).</summary>
internal static class ReplicaFaults
{
    /// <summary>Where a connection broke.</summary>
    private static readonly TimeSpan Broken = TimeSpan.FromSeconds(0.5);

    /// <summary>Where a replica only fell silent, or went slow.</summary>
    private static readonly TimeSpan Silent = TimeSpan.FromSeconds(2);

    /// <summary>All of them, in the order of the table.</summary>
    public static readonly IReadOnlyList<ReplicaFault> All =
    [
        new("kill -9", RigKind.Direct, Broken, KillAsync),
        new("SIGSTOP", RigKind.Direct, Silent, FreezeAsync),
        new("wiped", RigKind.Direct, Broken, WipeAsync),
        new("rolled back", RigKind.Direct, Broken, RollBackAsync),
        new("journal flipped", RigKind.Direct, Broken, (rig, i, _) => FlipWhileDownAsync(rig, i, Rot.FlipInJournal)) { DamagesData = true },
        new("extents flipped", RigKind.Direct, Broken, (rig, i, _) => FlipWhileDownAsync(rig, i, Rot.FlipInExtents)) { DamagesData = true },
        new("flipped running", RigKind.Direct, Broken, FlipWhileRunningAsync) { DamagesData = true },
        new("disk full", RigKind.SmallDisks, Silent, FillDiskAsync),
        new("black hole", RigKind.Proxied, Silent, (rig, i, time) => CutOffAsync(rig, i, LinkFault.BlackHole, time)),
        new("no answers", RigKind.Proxied, Silent, (rig, i, time) => CutOffAsync(rig, i, LinkFault.NoAnswers, time)),
        new("no questions", RigKind.Proxied, Silent, (rig, i, time) => CutOffAsync(rig, i, LinkFault.NoQuestions, time)),
        new("reset", RigKind.Proxied, Broken, ResetAsync),
        new("slow link", RigKind.Proxied, Silent, SlowDownAsync),
        new("bits on the wire", RigKind.Proxied, Broken, FlipOnTheWireAsync),
    ];

    private static async Task KillAsync(FaultRig rig, int replica, TimeSpan time)
    {
        await rig.Trio.KillAsync(replica);
        await Wait.LetItLastAsync(time / 2);
        await rig.Trio.StartAsync(replica);
    }

    private static async Task FreezeAsync(FaultRig rig, int replica, TimeSpan time)
    {
        var since = DateTimeOffset.UtcNow;
        await rig.Trio.SignalAsync(replica, "STOP");
        await Wait.LetItLastAsync(time);
        await rig.UntilNoticedAsync(replica, since);
        await rig.Trio.SignalAsync(replica, "CONT");
    }

    private static Task WipeAsync(FaultRig rig, int replica, TimeSpan time) => rig.Trio.WipeAsync(replica);

    private static async Task RollBackAsync(FaultRig rig, int replica, TimeSpan time)
    {
        var region = rig.Trio.RegionOf(replica);
        var copy = rig.Trio.FileNamed("older");
        await rig.Trio.KillAsync(replica);
        await Tools.RunAsync("cp", "-a", region, copy);
        await rig.Trio.StartAsync(replica);
        await rig.UntilHealthyAsync();
        await rig.LetTheGuestDoAsync(2000);

        await rig.Trio.KillAsync(replica);
        Directory.Delete(region, recursive: true);
        await Tools.RunAsync("mv", copy, region);
        await rig.Trio.StartAsync(replica);
    }

    private static async Task FlipWhileDownAsync(FaultRig rig, int replica, Action<string> flip)
    {
        await rig.Trio.KillAsync(replica);
        flip(rig.Trio.RegionOf(replica));
        await rig.Trio.StartAsync(replica);
    }

    private static async Task FlipWhileRunningAsync(FaultRig rig, int replica, TimeSpan time)
    {
        Rot.FlipInExtents(rig.Trio.RegionOf(replica));
        await rig.LetTheGuestDoAsync(5000);
    }

    private static async Task FillDiskAsync(FaultRig rig, int replica, TimeSpan time)
    {
        rig.Disks[replica].Fill();
        await Wait.LetItLastAsync(time);
        rig.Disks[replica].Free();
    }

    private static async Task CutOffAsync(FaultRig rig, int replica, LinkFault fault, TimeSpan time)
    {
        var since = DateTimeOffset.UtcNow;
        rig.Proxies[replica].Fault = fault;
        await Wait.LetItLastAsync(time);
        await rig.UntilNoticedAsync(replica, since);
        rig.Proxies[replica].Fault = LinkFault.None;
    }

    private static async Task ResetAsync(FaultRig rig, int replica, TimeSpan time)
    {
        var since = DateTimeOffset.UtcNow;
        rig.Proxies[replica].Reset();
        await rig.UntilNoticedAsync(replica, since);
    }

    private static async Task SlowDownAsync(FaultRig rig, int replica, TimeSpan time)
    {
        rig.Proxies[replica].Fault = LinkFault.Slow;
        await Wait.LetItLastAsync(time);
        rig.Proxies[replica].Fault = LinkFault.None;
    }

    private static async Task FlipOnTheWireAsync(FaultRig rig, int replica, TimeSpan time)
    {
        var since = DateTimeOffset.UtcNow;
        rig.Proxies[replica].Fault = LinkFault.FlippedBits;
        await Wait.LetItLastAsync(time);
        await rig.UntilNoticedAsync(replica, since);
        rig.Proxies[replica].Fault = LinkFault.None;
    }
}
