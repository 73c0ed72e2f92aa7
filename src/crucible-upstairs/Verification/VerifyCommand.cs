using System.CommandLine;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>What <c>verify</c> holds the volume against.</summary>
internal sealed record VerifyOptions
{
    /// <summary>The file that fill kept; null: any write of the seed is right.</summary>
    public string? ExpectFile { get; init; }

    /// <summary>Without a file: what the data follows from.</summary>
    public ulong Seed { get; init; }

    /// <summary>Without a file: which part of the volume; null: all of it.</summary>
    public ByteRange? Range { get; init; }

    /// <summary>Writes that were not flushed may be missing, from some one of them on.</summary>
    public bool AfterCrash { get; init; }
}

/// <summary><c>verify</c>: is what fill has written still there.</summary>
internal static class VerifyCommand
{
    public static Command Build(CommonArguments common)
    {
        var seed = VerificationOptions.Seed();
        var expect = VerificationOptions.Expect();
        var range = ByteRange.Option();
        var afterCrash = new Option<bool>("--after-crash") { Description = "Accept the state after any write since the last flush, and note which one it is." };
        var command = new Command(
            "verify",
            """
            Reads what fill has written and holds every block against it; exit code 3 where one differs.

            With --expect each block must hold exactly the last write to it. After a crash add --after-crash: then the volume must
            be as it stood right after some one write, no earlier than the last flush (the writes after it all missing, those
            before it all there). That write is noted in the file: from then on the volume must stay at it, and fill may go on.
            Without --expect each block must hold some whole write of the seed.
              crucible-upstairs verify --expect volume.expect --after-crash
            """)
        { expect, afterCrash, seed, range, common.Json };
        common.AddControlTo(command);
        command.SetAction((parse, stop) =>
        {
            var options = new VerifyOptions
            {
                ExpectFile = parse.GetValue(expect),
                Seed = parse.GetValue(seed) ?? VerificationOptions.DefaultSeed,
                Range = parse.GetValue(range),
                AfterCrash = parse.GetValue(afterCrash),
            };
            var session = common.Bind(parse);
            if (options.AfterCrash && (options.ExpectFile is null || session.ReadOnly))
            {
                throw new UsageException("--after-crash needs --expect, and can't be read only: the volume must have recovered for good");
            }

            return options.ExpectFile is not null && parse.GetValue(seed) is not null
                ? throw new UsageException("with --expect the file tells the seeds: leave out --seed")
                : VolumeSession.RunAsync(session, s => new Verify(s, options).RunAsync(), stop);
        });
        return command;
    }
}
