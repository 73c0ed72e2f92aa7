using System.Globalization;

namespace Crucible.Simulation;

/// <summary>The program: one seed, or a hunt.</summary>
internal static class HuntCommand
{
    /// <summary>A hunt of so many seeds in which a fault kind never fired has proved less than it says.</summary>
    private const long SeedsForEveryKind = 1000;

    private const int Good = 0;
    private const int Broken = 1;
    private const int WrongUsage = 2;

    public static int Run(string[] arguments)
    {
        if (HuntArguments.Parse(arguments) is not { } asked)
        {
            Console.Error.WriteLine(HuntArguments.Usage);
            return WrongUsage;
        }

        return asked switch
        {
            { Seed: { } seed } => LiveOne(asked, seed),
            { Planted: not null } => PlantedCommand.Run(asked),
            _ => Go(asked),
        };
    }

    private static int LiveOne(HuntArguments asked, ulong seed)
    {
        var options = LifeOptions.Default with { Tells = asked.Traces, Only = asked.Only, MostRequests = asked.Requests ?? int.MaxValue };
        if (asked.Planted is { } planted && !PlantedCommand.TryPlant(planted))
        {
            return WrongUsage;
        }

        var life = Life.Run(seed, options);
        foreach (var line in life.Lines)
        {
            Console.WriteLine(line);
        }

        Console.WriteLine(life.Plan);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{life.FaultCount} faults, {life.Steps} events in {life.Lived.TotalSeconds:0.0} s, trace {life.Hash:x16}"));
        if (life.IsGood)
        {
            Console.WriteLine("no promise was broken");
            return Good;
        }

        Console.WriteLine($"VIOLATION of {life.Invariant}: {life.Problem}");
        return Broken;
    }

    private static int Go(HuntArguments asked)
    {
        var hunt = new Hunt(asked.First ?? (ulong)DateTime.UtcNow.Ticks / 1000, LifeOptions.Default);
        hunt.Run(
            asked.Seeds ?? long.MaxValue, asked.Minutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null, asked.Threads, asked.KeepsOn,
            static h => Console.Error.Write($"\r{HuntReport.Progress(h)}   "));
        Console.Error.WriteLine();
        Console.WriteLine(asked.Json ? HuntReport.Json(hunt) : HuntReport.Text(hunt));
        foreach (var life in hunt.Violations.Values.Take(10))
        {
            Console.Error.WriteLine($"VIOLATION of {life.Invariant} at seed {life.Plan.Seed}: {life.Problem}");
        }

        if (hunt.Violations.Count > 0)
        {
            var kept = Reducer.Reduce(hunt.Violations.Values.First(), LifeOptions.Default);
            Console.Error.WriteLine($"reduced to {kept.ToJson()}");
            Console.Error.WriteLine(kept.Command);
            return Broken;
        }

        var never = HuntReport.NeverFired(hunt);
        if (hunt.Lives >= SeedsForEveryKind && never.Count > 0)
        {
            Console.Error.WriteLine($"never fired: {string.Join(", ", never)}");
            return Broken;
        }

        return Good;
    }
}
