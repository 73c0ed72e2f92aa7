using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Crucible.Hosting;

namespace Crucible.Downstairs.Program;

/// <summary>What a new region is to be.</summary>
internal sealed record CreateOptions
{
    public required RegionId Region { get; init; }

    public required RegionDefinition Definition { get; init; }

    /// <summary>Bytes; null for the default.</summary>
    public long? JournalSizeBytes { get; init; }

    /// <summary>A raw image to begin with, or null.</summary>
    public string? Import { get; init; }
}

/// <summary>The options that describe a new region.</summary>
internal sealed class CreateArguments
{
    private readonly Option<Guid> _uuid = new("--uuid", "-u")
    {
        Description = "The region's id; random if it is not given.",
        HelpName = "UUID",
    };

    private readonly Option<uint> _blockSize = Number("--block-size", 512, "Bytes of a block: a power of two, 512 to 32768.");
    private readonly Option<uint> _extentSize = Number("--extent-size", 100, "Blocks of an extent.");
    private readonly Option<uint> _extentCount = Number("--extent-count", 10, "Extents of the region.");

    private readonly Option<bool> _encrypted = new("--encrypted") { Description = "The upstairs encrypts: contexts have room for it." };

    private readonly Option<long?> _journalSize = new("--journal-size")
    {
        CustomParser = ParseSize,
        Description = "Size of the journal, such as 256MiB; a quarter of the region, 8 to 256 MiB, if it is not given.",
        HelpName = "SIZE",
    };

    private readonly Option<string> _import = new("--import")
    {
        Description = "A raw image that the region begins with; it may be shorter than the region.",
        HelpName = "FILE",
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _uuid, _blockSize, _extentSize, _extentCount, _encrypted, _journalSize, _import })
        {
            command.Add(option);
        }
    }

    /// <summary>The first option that was given, or null.</summary>
    public string? Given(ParseResult parse) =>
        new Option[] { _uuid, _blockSize, _extentSize, _extentCount, _encrypted, _journalSize, _import }
            .FirstOrDefault(o => parse.GetResult(o) is { Implicit: false })?.Name;

    /// <exception cref="InvalidGeometryException">The sizes are impossible.</exception>
    public CreateOptions Bind(ParseResult parse) => new()
    {
        Region = new RegionId(parse.GetResult(_uuid) is { Implicit: false } ? parse.GetValue(_uuid) : Guid.NewGuid()),
        Definition = new RegionDefinition(
            parse.GetValue(_blockSize), parse.GetValue(_extentSize), parse.GetValue(_extentCount), parse.GetValue(_encrypted)),
        JournalSizeBytes = parse.GetValue(_journalSize),
        Import = parse.GetValue(_import),
    };

    private static Option<uint> Number(string name, uint standard, string description) => new(name)
    {
        CustomParser = result => ParseNumber(name, result),
        DefaultValueFactory = _ => standard,
        Description = description,
        HelpName = "N",
    };

    private static uint ParseNumber(string name, ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (!uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
        {
            result.AddError($"{name} must be a number from 1 to {uint.MaxValue}, not '{text}'");
        }

        return number;
    }

    private static long? ParseSize(ArgumentResult result)
    {
        if (ByteSize.TryParse(result.Tokens[0].Value, out var bytes, out var error))
        {
            return bytes;
        }

        result.AddError($"--journal-size: {error}");
        return null;
    }
}
