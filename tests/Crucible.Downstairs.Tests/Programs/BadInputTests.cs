namespace Crucible.Downstairs.Tests;

public sealed class BadInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("crucible-downstairs-").FullName;

    private string Data => Path.Combine(_folder, "region");

    public static TheoryData<string, int, string> Wrong => new()
    {
        { "", 2, "give a directory and a port" },
        { "--nonsense", 2, "--nonsense" },
        { "run -d DIR", 2, "--port" },
        { "run -p 70000 -d DIR", 2, "from 0 to 65535" },
        { "run -p -1 -d DIR", 2, "from 0 to 65535" },
        { "run -p 0 -d DIR -a nowhere", 2, "IP address" },
        { "run -p 0 -d DIR --mode rx", 2, "rx" },
        { "run -p 0 -d DIR", 1, "crucible-downstairs -c" },
        { "-p 0 -d DIR", 1, "crucible-downstairs -c" },
        { "-p 0 -d DIR --block-size 512", 2, "use it with -c" },
        { "-c -p 0 -d DIR --mode ro", 2, "--mode ro" },
        { "create", 2, "--data" },
        { "create -d DIR --block-size 513", 2, "power of two" },
        { "create -d DIR --block-size 99999999999999999999", 2, "--block-size" },
        { "create -d DIR --extent-size 0", 2, "--extent-size" },
        { "create -d DIR --block-size 32768 --extent-size 33554432 --extent-count 16777216", 2, "more than" },
        { "create -d DIR --extent-count 4294967295", 2, "extent count" },
        { "create -d DIR --journal-size 12 parsecs", 2, "" },
        { "create -d DIR --journal-size 1KiB", 2, "journal" },
        { "create -d DIR -u not-a-uuid", 2, "not-a-uuid" },
        { "create -d DIR --import DIR/none", 1, "none" },
        { "create -d /proc/none", 1, "/proc/none" },
        { "dump", 2, "--data" },
        { "dump -d DIR", 1, "no region" },
        { "dump -d DIR -d DIR", 2, "twice" },
        { "dump -d DIR -d DIR/a -d DIR/b -d DIR/c", 2, "at most 3" },
        { "verify -d DIR", 1, "no region" },
        { "export -d DIR -e DIR/out", 1, "no region" },
        { "-c -p 0 -d DIR --trace-endpoint nonsense", 2, "trace endpoint" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_is_wrong_is_told_in_one_line_and_nothing_is_made(string line, int code, string part)
    {
        var arguments = line.Replace("DIR", Data, StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);

        var result = DownstairsProcess.Run(arguments);

        Assert.Equal(code, result.Code);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.Contains(part, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Data, "region.json")));
    }

    [Theory]
    [InlineData("create -d DIR")]
    [InlineData("-c -p 0 -d DIR")]
    public void A_region_that_exists_is_never_touched(string line)
    {
        Assert.Equal(0, DownstairsProcess.Run("create", "-d", Data).Code);
        var before = File.ReadAllBytes(Path.Combine(Data, "region.json"));

        var result = DownstairsProcess.Run(line.Replace("DIR", Data, StringComparison.Ordinal).Split(' '));

        Assert.Equal(1, result.Code);
        Assert.Contains("holds a region already", result.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(Data, "region.json")));
    }

    [Theory]
    [InlineData("", "damaged")]
    [InlineData("{", "damaged")]
    [InlineData("nonsense", "damaged")]
    [InlineData("\"formatVersion\": 2|\"formatVersion\": 7", "version 7")]
    [InlineData("\"blockSizeBytes\": 512|\"blockSizeBytes\": 1024", "damaged")]
    [InlineData("\"extentCount\": 10|\"extentCount\": 99999999999", "damaged")]
    public void A_damaged_description_is_told_and_left_alone(string edit, string part)
    {
        Assert.Equal(0, DownstairsProcess.Run("create", "-d", Data).Code);
        var file = Path.Combine(Data, "region.json");
        var text = edit.Contains('|', StringComparison.Ordinal)
            ? File.ReadAllText(file).Replace(edit.Split('|')[0], edit.Split('|')[1], StringComparison.Ordinal)
            : edit;
        File.WriteAllText(file, text);

        foreach (var command in new[] { "run -p 0 -d", "dump -d", "verify -d" })
        {
            var result = DownstairsProcess.Run([.. command.Split(' '), Data]);

            Assert.Equal(1, result.Code);
            Assert.Contains(part, result.Error, StringComparison.Ordinal);
            Assert.Single(result.Error.Split('\n'));
        }

        Assert.Equal(text, File.ReadAllText(file));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
