using System.CommandLine;
using System.CommandLine.Parsing;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>A part of the volume: <c>OFFSET:LENGTH</c>, or <c>LENGTH</c> from the start.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Length">Bytes.</param>
internal sealed record ByteRange(long Offset, long Length)
{
    public static Option<ByteRange?> Option() => new("--range")
    {
        CustomParser = FromArgument,
        Description = "Only this part of the volume: OFFSET:LENGTH, or LENGTH from the start, such as 1GiB:256MiB.",
        HelpName = "RANGE",
    };

    /// <summary>The range in whole blocks of a volume; all of it where none was given.</summary>
    /// <exception cref="CommandFailedException">It does not lie within the volume or cuts a block.</exception>
    public static (ulong First, ulong Count) BlocksOf(ByteRange? range, Volume volume)
    {
        if (range is null)
        {
            return (0, volume.Definition.TotalBlocks);
        }

        RangeOptions.Check(volume, range.Offset, range.Length);
        return range.Length > 0 && (range.Offset | range.Length) % volume.BlockSizeBytes == 0
            ? ((ulong)(range.Offset / volume.BlockSizeBytes), (ulong)(range.Length / volume.BlockSizeBytes))
            : throw new CommandFailedException($"--range must be one or more whole blocks of {volume.BlockSizeBytes} bytes");
    }

    private static ByteRange? FromArgument(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        string? error = null;
        long offset = 0;
        if ((colon >= 0 && !ByteSize.TryParse(text[..colon], out offset, out error))
            | !ByteSize.TryParse(text[(colon + 1)..], out var length, out var lengthError))
        {
            argument.AddError($"--range: {error ?? lengthError}");
            return null;
        }

        return new ByteRange(offset, length);
    }
}
