using Crucible.Integration.Tests.Faults.Repair;
using Crucible.Integration.Tests.Processes;
using Xunit.Abstractions;

namespace Crucible.Integration.Tests.Faults;

/// <summary>Repair copies what differs and no more; scripts/faults repair tells the figures of a volume of 10 GiB.</summary>
public sealed class RepairTests(ITestOutputHelper output)
{
    [Fact]
    public async Task One_changed_megabyte_is_all_that_is_copied_and_little_more_than_contexts_is_moved()
    {
        await using var figures = new RepairFigures(new Geometry(4096, 4096, 16), 32 << 20, TimeSpan.FromSeconds(1));
        await figures.FillAsync();

        var repair = await figures.RepairOneMegabyteAsync();

        output.WriteLine($"{repair}");
        Assert.Equal(1 << 20, repair.CopiedBytes);

        // The contexts of two replicas, the megabyte on its way from one and to another, and half as much for what surrounds them.
        Assert.InRange(repair.MovedBytes, repair.CopiedBytes, ((2 * repair.ContextBytes) + (2 << 20)) * 3 / 2);
    }

    [Fact]
    public async Task I6_A_wiped_replica_is_whole_again_while_the_guest_goes_on()
    {
        await using var figures = new RepairFigures(new Geometry(4096, 4096, 4), 32 << 20, TimeSpan.FromSeconds(1));
        await figures.FillAsync();

        var repair = await figures.RepairWipedAsync();

        output.WriteLine($"{repair}");
        Assert.InRange(repair.CopiedBytes, 16 << 20, 40 << 20);
    }
}
