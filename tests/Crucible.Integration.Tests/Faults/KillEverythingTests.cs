using Crucible.Integration.Tests.Faults.Crashes;
using Crucible.Integration.Tests.Faults.Rig;
using Crucible.Upstairs;
using Xunit.Abstractions;

namespace Crucible.Integration.Tests.Faults;

/// <summary>All three daemons die at once; with them the upstairs, or not. scripts/faults crash does the first 200 times.</summary>
public sealed class KillEverythingTests(ITestOutputHelper output)
{
    [Fact]
    public async Task I1_I2_I3_Whichever_two_come_back_after_everything_was_killed_tell_the_same_prefix()
    {
        var seed = Environment.TickCount & 0xffff;
        output.WriteLine($"seed {seed}");
        await using var run = await CrashRun.StartAsync(seed, output.WriteLine);
        for (var i = 0; i < 8; i++)
        {
            await run.CrashAsync(i % 2 == 0 ? AckMode.Fast : AckMode.Quorum);
        }

        Assert.Equal(8, run.Crashes);
    }

    [Theory]
    [InlineData(AckMode.Fast)]
    [InlineData(AckMode.Quorum)]
    public async Task I3_A_guest_waits_and_goes_on_when_all_three_are_killed_and_nothing_acknowledged_is_lost(AckMode ack)
    {
        await using var rig = await FaultRig.StartAsync(new RigOptions { Ack = ack });
        for (var i = 0; i < 3; i++)
        {
            await rig.Trio.KillAllAsync();
            await rig.Trio.StartAllAsync();
            await rig.UntilHealthyAsync();
            await rig.LetTheGuestDoAsync(2000);
        }

        await rig.FinishAsync();
    }
}
