using System.CommandLine;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary><c>bench</c>: how fast the volume is.</summary>
internal static class BenchCommand
{
    private const int MostDepth = 4096;

    private static readonly Option<AccessPattern> Pattern = new("--pattern")
    {
        CustomParser = Choice.FromArgument<AccessPattern>,
        Description = "random: anywhere in the range; sequential: from start to end, and again. [default: random]",
        HelpName = "random|sequential",
    };

    private static readonly Option<int> Mix = new("--mix") { Description = "Percentage of reads, 0 to 100. [default: 0]", HelpName = "R" };

    private static readonly Option<long?> Size = VerificationOptions.Size("--size", "Bytes of a request. [default: 4KiB]");

    private static readonly Option<int> Depth = new("--depth")
    {
        DefaultValueFactory = _ => 32,
        Description = "Requests in flight.",
        HelpName = "N",
    };

    private static readonly Option<TimeSpan?> Time = new("--time")
    {
        CustomParser = argument => Duration.FromArgument(argument),
        Description = "How long to measure. [default: 5s]",
        HelpName = "TIME",
    };

    private static readonly Option<TimeSpan?> WarmUp = new("--warm-up")
    {
        CustomParser = argument => Duration.FromArgument(argument),
        Description = "How long to run before measuring. [default: 500ms]",
        HelpName = "TIME",
    };

    private static readonly Option<ByteRange?> Range = ByteRange.Option();

    private static readonly Option<long> FlushEvery = new("--flush-every")
    {
        Description = "Flush after so many writes; 0: only once, at the end. [default: 0]",
        HelpName = "N",
    };

    private static readonly Option<ulong?> Seed = VerificationOptions.Seed();

    public static Command Build(CommonArguments common)
    {
        var command = new Command(
            "bench",
            """
            Measures requests a second, throughput and latencies. Writes overwrite the range! They are flushed at the end; --ack
            says what an answer to a write meant, and belongs to every figure that is published.
              crucible-upstairs bench --pattern random --size 4KiB --depth 32 --time 10s --json
              crucible-upstairs bench --mix 100 --read-only
            """)
        { Pattern, Mix, Size, Depth, Time, WarmUp, Range, FlushEvery, Seed, common.Json };
        common.AddControlTo(command);
        command.SetAction((parse, stop) =>
        {
            var options = Bind(parse);
            var session = options.ReadPercent == 100 ? common.Bind(parse) : common.BindForWriting(parse);
            return VolumeSession.RunAsync(session with { InlineCompletions = true }, s => new Bench(s, options).RunAsync(), stop);
        });
        return command;
    }

    private static BenchOptions Bind(ParseResult parse)
    {
        var options = new BenchOptions
        {
            Pattern = parse.GetValue(Pattern),
            ReadPercent = parse.GetValue(Mix),
            SizeBytes = parse.GetValue(Size) ?? 4 << 10,
            Depth = parse.GetValue(Depth),
            Time = parse.GetValue(Time) ?? TimeSpan.FromSeconds(5),
            WarmUp = parse.GetValue(WarmUp) ?? TimeSpan.FromSeconds(0.5),
            Range = parse.GetValue(Range),
            FlushEvery = parse.GetValue(FlushEvery),
            Seed = parse.GetValue(Seed) ?? VerificationOptions.DefaultSeed,
        };
        return options switch
        {
            { ReadPercent: < 0 or > 100 } => throw new UsageException($"--mix must be from 0 to 100, not {options.ReadPercent}"),
            { Depth: < 1 or > MostDepth } => throw new UsageException($"--depth must be from 1 to {MostDepth}, not {options.Depth}"),
            { SizeBytes: < 1 or > BlockBufferPool.MaxBufferBytes } => throw new UsageException($"--size must be from 1 byte to {ByteSize.Format(BlockBufferPool.MaxBufferBytes)}"),
            { Time.Ticks: <= 0 } => throw new UsageException("--time must be longer than 0"),
            { FlushEvery: < 0 } => throw new UsageException("--flush-every must be 0 or more"),
            _ => options,
        };
    }
}
