namespace Crucible.Simulation.Tests;

public class KeptSeedTests
{
    public static TheoryData<string> Files()
    {
        var files = new TheoryData<string>();
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Kept"), "*.json").Order(StringComparer.Ordinal))
        {
            files.Add(Path.GetFileName(file));
        }

        return files;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_seed_that_once_broke_a_promise_keeps_it(string file)
    {
        var kept = KeptSeed.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Kept", file)));

        var reduced = Life.Run(kept.Seed, kept.Options(LifeOptions.Default));
        var whole = Life.Run(kept.Seed, LifeOptions.Default);

        Assert.True(reduced.IsGood, $"{reduced.Invariant}: {reduced.Problem}; {kept.Command}");
        Assert.True(whole.IsGood, $"{whole.Invariant}: {whole.Problem}; --seed {kept.Seed}");
    }

    [Fact]
    public void A_kept_seed_reads_as_it_was_written()
    {
        var kept = new KeptSeed(12, "I3", "something", [1, 4], 300);

        var read = KeptSeed.Parse(kept.ToJson());

        Assert.Equal(kept.ToJson(), read.ToJson());
        Assert.Contains("--seed 12 --only 1,4 --requests 300", read.Command, StringComparison.Ordinal);
    }
}
