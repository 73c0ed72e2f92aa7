using System.Security.Cryptography;
using Crucible.Upstairs.Encryption;
using static Crucible.Upstairs.BlockAllocation;

namespace Crucible.Upstairs.Tests;

public sealed class BlockRunsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task I9_runs_tell_what_was_written_zeroed_and_discarded_across_extents(bool encrypted)
    {
        await using var test = await OpenAsync(encrypted);
        await test.Volume.WriteAsync(98 * 512, new byte[4 * 512]);
        await test.Volume.WriteZeroesAsync(102 * 512, 100 * 512);
        await test.Volume.WriteAsync(300 * 512, new byte[3 * 512]);
        await test.Volume.DiscardAsync(301 * 512, 512);
        var runs = new BlockRuns();

        await test.Volume.GetBlockStatusAsync(0, test.Volume.SizeBytes, runs);

        Assert.Equal(
            [
                Blocks(98, NeverWritten), Blocks(4, Data), Blocks(100, Zeroes), Blocks(98, NeverWritten),
                Blocks(1, Data), Blocks(1, NeverWritten), Blocks(1, Data), Blocks(697, NeverWritten),
            ],
            runs);
        Assert.Equal(test.Volume.SizeBytes, runs.LengthBytes);
    }

    [Fact]
    public async Task Ranges_of_any_alignment_are_cut_at_their_ends()
    {
        await using var test = await OpenAsync();
        await test.Volume.WriteAsync(512, new byte[1024]);
        var runs = new BlockRuns();

        await test.Volume.GetBlockStatusAsync(100, 1000, runs);
        Assert.Equal([new BlockRun(412, NeverWritten), new BlockRun(588, Data)], runs);

        await test.Volume.GetBlockStatusAsync(600, 1, runs);
        Assert.Equal([new BlockRun(1, Data)], runs);

        await test.Volume.GetBlockStatusAsync(600, 0, runs);
        Assert.Empty(runs);
        Assert.Equal(0, runs.LengthBytes);
    }

    [Fact]
    public async Task A_read_tells_its_runs_too_and_what_is_no_data_is_zeroes()
    {
        await using var test = await OpenAsync(encrypted: true);
        var data = RandomNumberGenerator.GetBytes(2 * 512);
        await test.Volume.WriteAsync(99 * 512, data);
        await test.Volume.WriteZeroesAsync(101 * 512, 512);
        var runs = new BlockRuns();
        var buffer = new byte[6 * 512];

        foreach (var (offset, length) in new[] { (97 * 512, 6 * 512), ((97 * 512) + 7, (6 * 512) - 10) })
        {
            Array.Fill(buffer, (byte)0xEE);
            await test.Volume.ReadAsync(offset, buffer.AsMemory(0, length), runs);

            var head = (97 * 512) - offset;
            var tail = length - head - (5 * 512);
            Assert.Equal(
                [new BlockRun(1024 + head, NeverWritten), Blocks(2, Data), Blocks(1, Zeroes), new BlockRun(tail, NeverWritten)], runs);
            Assert.Equal(data, buffer.AsSpan(1024 + head, 1024).ToArray());
            Assert.False(buffer.AsSpan(0, 1024 + head).ContainsAnyExcept((byte)0));
            Assert.False(buffer.AsSpan(2048 + head, length - 2048 - head).ContainsAnyExcept((byte)0));
        }

        await test.Volume.ReadAsync(0, Memory<byte>.Empty, runs);
        Assert.Empty(runs);
    }

    [Fact]
    public async Task A_range_of_very_many_runs_is_told_in_parts_that_go_on_where_the_last_ended()
    {
        var definition = new RegionDefinition(512, 6000, 3);
        await using var test = await TestVolume.OpenAsync(definition);
        var block = new byte[512];
        for (var i = 0; i < 12_000; i += 2)
        {
            await test.Volume.WriteAsync(i * 512, block);
        }

        var runs = new BlockRuns();
        var told = new List<BlockRun>();
        for (long at = 0; at < test.Volume.SizeBytes; at += runs.LengthBytes)
        {
            await test.Volume.GetBlockStatusAsync(at, test.Volume.SizeBytes - at, runs);
            Assert.True(runs.LengthBytes >= 512);
            told.AddRange(runs);
        }

        Assert.Equal(12_000, told.Count);
        Assert.All(told[..^1], run => Assert.Equal(512, run.LengthBytes));
        Assert.Equal(Blocks(6001, NeverWritten), told[^1]);
    }

    [Fact]
    public async Task Downstairs_of_version_one_make_everything_count_as_data()
    {
        await using var test = await OpenAsync();
        await test.Volume.FlushAsync();
        foreach (var downstairs in test.Downstairs)
        {
            downstairs.Version = 1;
            downstairs.Cut();
        }

        var runs = new BlockRuns();

        await test.Volume.GetBlockStatusAsync(512, 4096, runs);
        Assert.Equal([new BlockRun(4096, Data)], runs);

        await test.Volume.ReadAsync(512, new byte[4096], runs);
        Assert.Equal([new BlockRun(4096, NeverWritten)], runs);
    }

    [Fact]
    public async Task Ranges_outside_the_volume_are_refused_and_a_cancelled_question_is_not_asked()
    {
        await using var test = await OpenAsync();
        var runs = new BlockRuns();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await test.Volume.GetBlockStatusAsync(1, test.Volume.SizeBytes, runs));
        await Assert.ThrowsAsync<ArgumentNullException>(async () => await test.Volume.GetBlockStatusAsync(0, 1, null!));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await test.Volume.GetBlockStatusAsync(0, 1, runs, new CancellationToken(canceled: true)));
    }

    private static async Task<TestVolume> OpenAsync(bool encrypted = false) =>
        await TestVolume.OpenAsync(key: encrypted ? new EncryptionKey(RandomNumberGenerator.GetBytes(EncryptionKey.SizeBytes)) : null);

    private static BlockRun Blocks(long count, BlockAllocation allocation) => new(count * 512, allocation);
}
