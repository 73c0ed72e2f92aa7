using System.Globalization;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Upstairs;

public sealed class StreamTests(DownstairsTrio trio) : IClassFixture<DownstairsTrio>
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(511, 2)]
    [InlineData(1, 511)]
    [InlineData(512, 512)]
    [InlineData(51_199, 1_030)]
    [InlineData(100_001, 300_003)]
    [InlineData(511_999, 1)]
    public async Task Any_range_reads_back_as_it_was_written_and_its_neighbours_stay(int offset, int length)
    {
        var volume = (await trio.UpstairsAsync("read")).Expect(0).Bytes;
        Assert.Equal(Geometry.Guide.TotalBytes, volume.Length);
        var data = new byte[length];
        new Random(offset).NextBytes(data);

        (await trio.UpstairsAsync(data, "write", "-o", Text(offset))).Expect(0);

        var read = (await trio.UpstairsAsync("read", "-o", Text(offset), "-n", Text(length))).Expect(0).Bytes;
        Assert.Equal(data, read);
        data.CopyTo(volume.AsSpan(offset));
        Assert.Equal(volume, (await trio.UpstairsAsync("read")).Expect(0).Bytes);
    }

    [Fact]
    public async Task Input_that_goes_on_past_the_end_is_an_error_that_says_how_much_was_written()
    {
        var data = new byte[2_000];
        new Random(1).NextBytes(data);
        const int Offset = 511_000;

        var run = (await trio.UpstairsAsync(data, "write", "-o", Text(Offset))).Expect(1);

        Assert.Equal(
            "error: the input goes on beyond the end of the volume at byte 512000: 1000 bytes were written from offset 511000 and flushed, nothing past the end\n",
            run.Error);
        Assert.Equal(data[..1000], (await trio.UpstairsAsync("read", "-o", Text(Offset))).Expect(0).Bytes);
    }

    [Fact]
    public async Task Input_that_ends_where_the_volume_ends_is_fine()
    {
        (await trio.UpstairsAsync(new byte[1_000], "write", "-o", "511000")).Expect(0);
    }

    [Theory]
    [InlineData("error: offset 512001 lies beyond the end of the volume, which has 512000 bytes\n", "-o", "512001")]
    [InlineData("error: offset 511999 with 2 bytes reaches beyond the end of the volume, which has 512000 bytes\n", "-o", "511999", "-n", "2")]
    public async Task A_read_beyond_the_end_is_one_clear_line(string error, params string[] range)
    {
        var run = (await trio.UpstairsAsync(["read", .. range])).Expect(1);

        Assert.Equal("", run.Output);
        Assert.Equal(error, run.Error);
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_the_read_silently()
    {
        var command = $"{RunningProgram.PathOf("crucible-upstairs")} read -t {string.Join(',', trio.Targets)} | head -c 3 >/dev/null; echo ${{PIPESTATUS[0]}}";
        using var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("bash", ["-c", command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = await shell.StandardOutput.ReadToEndAsync();
        var error = await shell.StandardError.ReadToEndAsync();

        Assert.Equal("", error);
        Assert.Equal("141\n", output);
    }

    [Fact]
    public async Task An_interrupted_write_flushes_what_it_has_and_says_how_much()
    {
        using var write = trio.StartUpstairs("write", "-v");
        await write.WaitForErrorAsync("the command begins");

        await write.SignalAsync("INT");

        // Its input stays open: the end of it would be a reason to end of its own, and might come first.
        var run = await write.WaitForEndAsync();
        run.Expect(130);
        Assert.Contains("interrupted: 0 bytes were written from offset 0; flushed, so it is durable", run.Error, StringComparison.Ordinal);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
