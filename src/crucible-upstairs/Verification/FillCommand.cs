using System.CommandLine;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary><c>fill</c>: data that <c>verify</c> can recognize.</summary>
internal static class FillCommand
{
    public static Command Build(CommonArguments common)
    {
        var seed = VerificationOptions.Seed();
        var expect = VerificationOptions.Expect();
        var range = ByteRange.Option();
        var pattern = new Option<AccessPattern?>("--pattern")
        {
            CustomParser = argument => Choice.FromArgument<AccessPattern>(argument),
            Description = "sequential: the range once, in order; random: writes of random sizes anywhere in it. [default: sequential]",
            HelpName = "sequential|random",
        };
        var count = new Option<long?>("--count") { Description = "How many writes; left out, enough to cover the range once.", HelpName = "N" };
        var size = VerificationOptions.Size("--size", "Most bytes of one write, up to 1MiB. [default: 64KiB]");
        var flushEvery = VerificationOptions.Size("--flush-every", "Flush after so many bytes, and at the end. [default: 64MiB]");
        var command = new Command(
            "fill",
            """
            Writes data that follows from a seed, and notes with --expect which blocks were written by which write, so that verify
            can tell later, in another process, what has to be there. A new expectation file begins with making the range zeroes;
            an existing one is continued. What was in the range is lost.
              crucible-upstairs fill --seed 7 --expect volume.expect
              crucible-upstairs fill --seed 8 --expect volume.expect --pattern random --count 1000
              crucible-upstairs verify --expect volume.expect
            """)
        { seed, expect, range, pattern, count, size, flushEvery, common.Json };
        common.AddControlTo(command);
        command.SetAction((parse, stop) =>
        {
            var options = new FillOptions
            {
                Seed = parse.GetValue(seed) ?? VerificationOptions.DefaultSeed,
                ExpectFile = parse.GetValue(expect),
                Range = parse.GetValue(range),
                Pattern = parse.GetValue(pattern) ?? AccessPattern.Sequential,
                Count = parse.GetValue(count),
                SizeBytes = parse.GetValue(size) ?? 64 << 10,
                FlushEveryBytes = parse.GetValue(flushEvery) ?? 64 << 20,
            };
            return options.Count is < 1 || options.SizeBytes < 1 || options.FlushEveryBytes < 1
                ? throw new UsageException("--count, --size and --flush-every must be 1 or more")
                : VolumeSession.RunAsync(common.BindForWriting(parse), session => new Fill(session, options).RunAsync(), stop);
        });
        return command;
    }
}
