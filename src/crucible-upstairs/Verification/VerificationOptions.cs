using System.CommandLine;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>Options that fill and verify share.</summary>
internal static class VerificationOptions
{
    public const ulong DefaultSeed = 1;

    public static Option<ulong?> Seed() => new("--seed")
    {
        Description = $"What the data follows from. [default: {DefaultSeed}]",
        HelpName = "N",
    };

    public static Option<string?> Expect() => new("--expect")
    {
        Description = "The file that says which block was written by which write.",
        HelpName = "FILE",
    };

    public static Option<long?> Size(string name, string description) => new(name)
    {
        CustomParser = argument => ByteSize.FromArgument(argument),
        Description = description,
        HelpName = "SIZE",
    };
}
