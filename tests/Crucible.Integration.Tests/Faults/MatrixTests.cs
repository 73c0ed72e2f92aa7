using Crucible.Integration.Tests.Faults.Kinds;
using Crucible.Integration.Tests.Faults.Matrix;
using Xunit.Abstractions;

namespace Crucible.Integration.Tests.Faults;

/// <summary>One bad replica is no event (I5, I6, I9): one round of what scripts/faults matrix does ten times, with short times.</summary>
[Collection(AloneCollection.Name)]
public sealed class MatrixTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);

    [Fact]
    public Task I5_A_guest_notices_nothing_while_one_replica_is_killed_frozen_wiped_rolled_back_or_rots() => RunAsync(RigKind.Direct);

    [Fact]
    public Task I5_A_guest_notices_nothing_while_one_replica_is_cut_off_slow_or_its_link_flips_bits() => RunAsync(RigKind.Proxied);

    [RequiresRootFact]
    public Task I5_A_guest_notices_nothing_while_the_disk_of_one_replica_is_full() => RunAsync(RigKind.SmallDisks);

    private async Task RunAsync(RigKind home)
    {
        var run = new MatrixRun(rounds: 1, Duration, inMemory: true, output.WriteLine);

        var rows = await run.RunAsync(home, [.. ReplicaFaults.All.Where(f => f.Home == home)]);

        Assert.All(rows, row => Assert.Equal(0, row.Errors));
        Assert.Empty(run.Violations);
    }
}
