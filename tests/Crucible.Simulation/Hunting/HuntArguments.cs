using System.Globalization;

namespace Crucible.Simulation;

/// <summary>What the program is asked for on its command line.</summary>
internal sealed record HuntArguments
{
    public const string Usage = """
        usage: dotnet run -c Release --project tests/Crucible.Simulation -- OPTIONS
          --seed N [--trace]         live one seed; --trace tells its whole story
          --seeds M [--first N]      hunt through M seeds, from N on (default: from a number made of the clock)
          --minutes M [--first N]    hunt for so long
          --threads T                lives beside each other (default: one a processor)
          --keep-on                  go on after a violation
          --only A,B,C               no faults but these (with --seed)
          --requests N               guests ask for no more than N requests (with --seed)
          --json                     the report as JSON
          --planted NAME|all|known   in a build with -p:PlantedBugs=true: with --seed, live it with that bug; else how many seeds,
                                     --seeds at most, it takes to find that one, each of them, or each where it is known to be found
        """;

    public ulong? Seed { get; init; }

    public long? Seeds { get; init; }

    public double? Minutes { get; init; }

    public ulong? First { get; init; }

    public int Threads { get; init; } = Environment.ProcessorCount;

    public bool KeepsOn { get; init; }

    public bool Traces { get; init; }

    public bool Json { get; init; }

    public IReadOnlyList<int>? Only { get; init; }

    /// <summary>Which bug is planted; null: none.</summary>
    public string? Planted { get; init; }

    public int? Requests { get; init; }

    /// <summary>Null where they make no sense.</summary>
    public static HuntArguments? Parse(string[] arguments)
    {
        var parsed = new HuntArguments();
        try
        {
            for (var i = 0; i < arguments.Length; i++)
            {
                parsed = arguments[i] switch
                {
                    "--seed" => parsed with { Seed = ulong.Parse(arguments[++i], CultureInfo.InvariantCulture) },
                    "--seeds" => parsed with { Seeds = long.Parse(arguments[++i], CultureInfo.InvariantCulture) },
                    "--minutes" => parsed with { Minutes = double.Parse(arguments[++i], CultureInfo.InvariantCulture) },
                    "--first" => parsed with { First = ulong.Parse(arguments[++i], CultureInfo.InvariantCulture) },
                    "--threads" => parsed with { Threads = int.Parse(arguments[++i], CultureInfo.InvariantCulture) },
                    "--requests" => parsed with { Requests = int.Parse(arguments[++i], CultureInfo.InvariantCulture) },
                    "--only" => parsed with { Only = [.. arguments[++i].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(n => int.Parse(n, CultureInfo.InvariantCulture))] },
                    "--planted" => parsed with { Planted = arguments[++i] },
                    "--keep-on" => parsed with { KeepsOn = true },
                    "--trace" => parsed with { Traces = true },
                    "--json" => parsed with { Json = true },
                    _ => throw new FormatException(arguments[i]),
                };
            }
        }
        catch (Exception e) when (e is FormatException or OverflowException or IndexOutOfRangeException)
        {
            return null;
        }

        return parsed.Seed is null && parsed.Seeds is null && parsed.Minutes is null && parsed.Planted is null ? null : parsed;
    }
}
