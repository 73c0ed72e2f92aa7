using Crucible.Integration.Tests.Processes;
using Crucible.Tests.Shared;

namespace Crucible.Integration.Tests.Acceptance;

/// <summary>A real file system of 256 MiB goes through the volume, whatever happens to its downstairs.</summary>
public sealed class FileSystemImageTests : IAsyncLifetime
{
    // 16 extents of 16 MiB.
    private readonly DownstairsTrio _trio = new(new Geometry(4096, 4096, 16));

    private string Image => _trio.FileNamed("image");

    public Task InitializeAsync() => _trio.InitializeAsync();

    public Task DisposeAsync() => _trio.DisposeAsync();

    [RequiresToolFact(Ext4Image.Tool)]
    public async Task It_comes_back_after_all_three_were_stopped_in_order_and_their_regions_are_equal()
    {
        await Ext4Image.MakeAsync(Image);
        (await _trio.UpstairsAsync("import", Image)).Expect(0);

        await _trio.StopAllAsync();
        (await _trio.DumpAsync()).Expect(0);
        await _trio.StartAllAsync();

        await AssertExportsTheImageAsync();
    }

    [RequiresToolFact(Ext4Image.Tool)]
    public Task One_killed_during_the_import_and_back_at_once_becomes_equal() => KillOneDuringTheImportAsync(isBackAtOnce: true);

    [RequiresToolFact(Ext4Image.Tool)]
    public Task One_killed_during_the_import_and_back_only_after_it_becomes_equal() => KillOneDuringTheImportAsync(isBackAtOnce: false);

    [RequiresToolFact(Ext4Image.Tool)]
    public async Task All_three_killed_right_after_the_imports_flush_lose_nothing()
    {
        await Ext4Image.MakeAsync(Image);
        (await _trio.UpstairsAsync("import", Image)).Expect(0);

        await _trio.KillAllAsync();
        await _trio.StartAllAsync();

        await AssertExportsTheImageAsync();
        await AssertAnActivationMakesThemEqualAsync();
    }

    private async Task KillOneDuringTheImportAsync(bool isBackAtOnce)
    {
        const int Victim = 1;
        await Ext4Image.MakeAsync(Image);
        using (var import = _trio.StartUpstairs("import", Image, "--job-log", "all"))
        {
            await import.WaitForErrorAsync(" eid:3 ");
            await _trio.KillAsync(Victim);
            if (isBackAtOnce)
            {
                await _trio.StartAsync(Victim);
            }

            var run = (await import.FinishAsync()).Expect(0);
            Assert.Contains($"{_trio.Targets[Victim]}[{Victim}] Active -> Disconnected", run.Error, StringComparison.Ordinal);
        }

        if (!isBackAtOnce)
        {
            await Task.WhenAll(_trio.StopAsync(0), _trio.StopAsync(2));
            (await _trio.DumpAsync()).Expect(3);
            await _trio.StartAllAsync();
        }

        await AssertAnActivationMakesThemEqualAsync();
        await _trio.StartAllAsync();
        await AssertExportsTheImageAsync();
    }

    // Writing nothing activates the volume, which compares the replicas and repairs what differs.
    private async Task AssertAnActivationMakesThemEqualAsync()
    {
        (await _trio.UpstairsAsync("write")).Expect(0);
        await _trio.StopAllAsync();
        (await _trio.DumpAsync()).Expect(0);
    }

    private async Task AssertExportsTheImageAsync()
    {
        var copy = _trio.FileNamed("copy");
        (await _trio.UpstairsAsync("export", copy)).Expect(0);
        await Tools.RunAsync("cmp", Image, copy);
    }
}
