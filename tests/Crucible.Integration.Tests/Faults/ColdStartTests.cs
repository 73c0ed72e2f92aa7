using Crucible.Integration.Tests.Faults.Load;
using Crucible.Integration.Tests.Faults.Rig;
using Crucible.Integration.Tests.Processes;
using Crucible.Upstairs;

namespace Crucible.Integration.Tests.Faults;

/// <summary>A volume starts from any two of its replicas (I5).</summary>
public sealed class ColdStartTests : IAsyncLifetime
{
    private static readonly Geometry Small = new(4096, 256, 4);

    private readonly DownstairsTrio _trio = new(Small);
    private readonly BlockLedger _ledger = new(run: 1, (int)(Small.TotalBytes / Small.BlockSizeBytes));

    public Task InitializeAsync() => _trio.InitializeAsync();

    public Task DisposeAsync() => _trio.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task I5_It_starts_without_the_one_that_stopped_for_good_in_the_middle_of_the_work(int gone)
    {
        await using (var volume = await OpenAsync())
        {
            await WorkAsync(volume);
            await _trio.KillAsync(gone);
            await WorkAsync(volume);
        }

        await RestartWithoutAsync(gone);

        await using var again = await OpenAsync();
        await WholeVolume.VerifyAsync(again, _ledger);
        await WorkAsync(again);
        await WholeVolume.VerifyAsync(again, _ledger);
    }

    [Fact]
    public async Task I5_It_starts_with_a_wiped_one_beside_two_good_ones_and_makes_that_one_good()
    {
        await using (var volume = await OpenAsync())
        {
            await WorkAsync(volume);
        }

        await _trio.StopAllAsync();
        Directory.Delete(_trio.RegionOf(1), recursive: true);
        await _trio.CreateAsync(1);
        await _trio.StartAllAsync();

        await using (var again = await OpenAsync())
        {
            await WholeVolume.VerifyAsync(again, _ledger);
            await Wait.UntilAsync(
                () => again.GetStatus().Replicas.All(r => r.State == ReplicaState.Active),
                RunningProgram.Patience,
                () => again.GetStatus().Replicas[1].Cause);
        }

        await _trio.StopAllAsync();
        (await _trio.DumpAsync()).Expect(0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task I5_A_wiped_one_and_a_single_good_one_are_not_enough(int gone)
    {
        await using (var volume = await OpenAsync())
        {
            await WorkAsync(volume);
        }

        await _trio.StopAllAsync();
        Directory.Delete(_trio.RegionOf(1), recursive: true);
        await _trio.CreateAsync(1);
        await _trio.StartAsync(1);
        await _trio.StartAsync(2 - gone);

        await Assert.ThrowsAnyAsync<VolumeException>(async () =>
        {
            await using var volume = await OpenAsync(TimeSpan.FromSeconds(2));
        });
    }

    private async Task RestartWithoutAsync(int gone)
    {
        await _trio.EndAllAsync();
        for (var i = 0; i < 3; i++)
        {
            if (i != gone)
            {
                await _trio.StartAsync(i);
            }
        }
    }

    private async Task WorkAsync(Volume volume)
    {
        await using var load = new VerifiedLoad(volume, _ledger, new LoadOptions { Seed = (int)volume.Generation.Value });
        load.Start();
        await Wait.UntilAsync(() => load.Latency.Count > 3000 || load.Errors.Count > 0, RunningProgram.Patience, () => "no progress");
        await load.StopAsync();
        Assert.Empty(load.Errors);
    }

    private Task<Volume> OpenAsync(TimeSpan? patience = null) => Volume.OpenAsync(new VolumeOptions
    {
        Targets = _trio.Targets,
        ActivationTimeout = patience ?? RunningProgram.Patience,
    });
}
