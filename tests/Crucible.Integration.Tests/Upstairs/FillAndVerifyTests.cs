using System.Text.Json;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Upstairs;

public sealed class FillAndVerifyTests : IAsyncLifetime
{
    private readonly DownstairsTrio _trio = new(new Geometry(512, 2048, 8));

    private string Expectation => _trio.FileNamed("volume.expect");

    public Task InitializeAsync() => _trio.InitializeAsync();

    public Task DisposeAsync() => _trio.DisposeAsync();

    [Fact]
    public async Task What_fill_has_written_survives_kill_nine_of_all_three()
    {
        (await _trio.UpstairsAsync("fill", "--seed", "7", "--expect", Expectation)).Expect(0);
        (await _trio.UpstairsAsync("fill", "--seed", "8", "--expect", Expectation, "--pattern", "random", "--count", "200")).Expect(0);

        await _trio.KillAllAsync();
        await _trio.StartAllAsync();

        var verify = (await _trio.UpstairsAsync("verify", "--expect", Expectation, "--json")).Expect(0);
        using var report = JsonDocument.Parse(verify.Output);
        Assert.Equal(16_384, report.RootElement.GetProperty("blocksChecked").GetInt64());
        Assert.Equal(0, report.RootElement.GetProperty("blocksDiffering").GetInt64());
    }

    [Fact]
    public async Task A_changed_byte_is_found_and_told()
    {
        (await _trio.UpstairsAsync("fill", "--seed", "7", "--expect", Expectation, "--range", "1MiB")).Expect(0);
        (await _trio.UpstairsAsync([0x55], "write", "-o", "5200")).Expect(0);

        var verify = (await _trio.UpstairsAsync("verify", "--expect", Expectation)).Expect(3);

        Assert.Equal(
            "block 10 holds a torn write 1 of seed 7; expected is write 1 of seed 7\n2048 blocks checked, 1 differ\n", verify.Output);
    }

    [Fact]
    public async Task Without_a_file_any_write_of_the_seed_is_right()
    {
        (await _trio.UpstairsAsync("fill", "--seed", "7", "--range", "64KiB:64KiB")).Expect(0);

        (await _trio.UpstairsAsync("verify", "--seed", "7", "--range", "64KiB:64KiB")).Expect(0);
        (await _trio.UpstairsAsync("verify", "--seed", "8", "--range", "64KiB:64KiB")).Expect(3);
        (await _trio.UpstairsAsync("verify", "--seed", "7", "--range", "32KiB:64KiB")).Expect(3);
    }
}
