using System.Security.Cryptography;
using Crucible.Upstairs.Encryption;

namespace Crucible.Upstairs.Tests;

public sealed class AnyRangeTests
{
    [Theory]
    [InlineData(1, 512u, 100u, 10u, false)]
    [InlineData(2, 512u, 1u, 600u, false)]
    [InlineData(3, 4096u, 3u, 20u, true)]
    public async Task Any_range_written_zeroed_or_discarded_reads_back_as_a_plain_array_does(
        int seed, uint blockSize, uint extentSize, uint extentCount, bool encrypted)
    {
        await using var test = await TestVolume.OpenAsync(
            new RegionDefinition(blockSize, extentSize, extentCount, encrypted), encrypted ? Key() : null);
        var random = new Random(seed);
        var model = new byte[test.Volume.SizeBytes];
        for (var i = 0; i < 400; i++)
        {
            var offset = random.Next(model.Length);
            var length = Math.Min(random.Next(4) == 0 ? random.Next(200_000) : random.Next(3_000), model.Length - offset);
            var range = model.AsMemory(offset, length);
            switch (random.Next(5))
            {
                case 0:
                    await test.Volume.WriteZeroesAsync(offset, length);
                    range.Span.Clear();
                    break;
                case 1:
                    await test.Volume.DiscardAsync(offset, length);
                    range.Span.Clear();
                    break;
                case 2 or 3:
                    random.NextBytes(range.Span);
                    await test.Volume.WriteAsync(offset, range);
                    break;
                default:
                    var read = new byte[length];
                    await test.Volume.ReadAsync(offset, read);
                    Assert.True(range.Span.SequenceEqual(read), $"at {offset}, {length} bytes");
                    break;
            }
        }

        var whole = new byte[model.Length];
        await test.Volume.ReadAsync(0, whole);
        Assert.True(model.AsSpan().SequenceEqual(whole));
    }

    [Fact]
    public async Task Writers_of_parts_of_the_same_blocks_never_undo_each_other()
    {
        await using var test = await TestVolume.OpenAsync();
        var model = new byte[16 * 100];
        new Random(4).NextBytes(model);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(writer => Task.Run(async () =>
        {
            for (var round = 0; round < 20; round++)
            {
                await test.Volume.WriteAsync(writer * 100, model.AsMemory(writer * 100, 100));
            }
        })));

        var read = new byte[model.Length];
        await test.Volume.ReadAsync(0, read);
        Assert.Equal(model, read);
    }

    [Fact]
    public async Task A_part_of_a_block_is_written_whole_or_not_at_all_beside_writes_of_the_whole_block()
    {
        await using var test = await TestVolume.OpenAsync();
        var whole = Enumerable.Repeat((byte)1, 512).ToArray();
        var part = Enumerable.Repeat((byte)2, 300).ToArray();
        for (var round = 0; round < 50; round++)
        {
            await Task.WhenAll(
                test.Volume.WriteAsync(1024, whole).AsTask(), test.Volume.WriteAsync(1124, part).AsTask(),
                test.Volume.WriteZeroesAsync(512, 1536).AsTask());
            var read = new byte[512];
            await test.Volume.ReadAsync(1024, read);

            var middle = read[100..400].Distinct().ToArray();
            Assert.Single(middle);
            Assert.Single(read[..100].Concat(read[400..]).Distinct());
        }
    }

    private static EncryptionKey Key() => new(RandomNumberGenerator.GetBytes(32));
}
