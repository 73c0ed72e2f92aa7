using Crucible.Simulation;
using static Crucible.Storage.Tests.TestRegion;

namespace Crucible.Storage.Tests;

public class FuzzTests
{
    private const int Inputs = 10_000;

    [Fact]
    public void I8_no_damage_to_any_file_does_more_than_an_error_or_a_refused_block()
    {
        var pristine = Pristine();
        var names = pristine.Keys.Where(n => n != "lock").ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var seed = 0; seed < Inputs; seed++)
        {
            var random = new Random(seed);
            var name = names[random.Next(names.Length)];
            var storage = new FileSet(pristine, name, Mutate(random, pristine[name]));
            try
            {
                using var region = Open(storage, readOnly: true);
                ReadEverything(region);
            }
            catch (CrucibleException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }

        // What opening takes (window, index, tables) and no more, whatever a file claims. Of this thread: other tests run too.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Inputs, 0, 8 << 20);
    }

    [Theory]
    [InlineData("\"blockSizeBytes\": 512", "\"blockSizeBytes\": 1024", "checksum")]
    [InlineData("\"blockSizeBytes\": 512", "\"blockSizeBytes\": 513", "power of two")]
    [InlineData("\"formatVersion\": 2", "\"formatVersion\": 7", "version 7")]
    [InlineData("\"extentCount\": 10,", "", "damaged")]
    [InlineData("crucible region", "crucible legion", "does not say")]
    public void A_region_json_edited_into_nonsense_is_found_out(string what, string with, string message)
    {
        var storage = Create();
        var text = System.Text.Encoding.UTF8.GetString(storage.ReadAll("region.json")).Replace(what, with, StringComparison.Ordinal);
        storage.DamageLength("region.json", 0);
        storage.Damage("region.json", 0, System.Text.Encoding.UTF8.GetBytes(text));

        Assert.Contains(message, Assert.ThrowsAny<CrucibleException>(() => Open(storage)).Message, StringComparison.Ordinal);
    }

    private static void ReadEverything(Region region)
    {
        var definition = region.Definition;
        for (var start = 0UL; start < Math.Min(definition.TotalBlocks, 500); start += 50)
        {
            var error = region.TryRead(start, 50, out _, out _);
            Assert.Contains(error, new[] { ErrorCode.None, ErrorCode.IntegrityError, ErrorCode.OutOfRange });
        }
    }

    private static byte[] Mutate(Random random, byte[] bytes)
    {
        // Most of the journal is empty: aim at its checkpoints and records.
        var reach = Math.Min(bytes.Length, 60_000);
        bytes = (byte[])bytes.Clone();
        switch (random.Next(4))
        {
            case 0:
                return bytes[..random.Next(bytes.Length)];
            case 1:
                random.NextBytes(bytes.AsSpan(random.Next(reach), Math.Min(random.Next(1, 600), bytes.Length - reach + 1)));
                return bytes;
            default:
                for (var i = random.Next(1, 5); i > 0; i--)
                {
                    bytes[random.Next(reach)] ^= (byte)(1 << random.Next(8));
                }

                return bytes;
        }
    }

    /// <summary>A region with applied extents and a journal to replay.</summary>
    private static Dictionary<string, byte[]> Pristine()
    {
        var storage = Create();
        var region = Open(storage);
        region.Write(1000, 0, 40, 1);
        region.Write(1001, 100, 40, 1);
        region.Flush(1002, 1);
        region.Apply(force: true);
        region.Write(1003, 20, 30, 2);
        region.Append(b => b.AddDiscard(One, new JobId(1004), new BlockIndex(110), 5));
        region.Flush(1005, 2);
        storage.Kill();
        return storage.Files.ToDictionary(f => f, storage.ReadAll);
    }
}
