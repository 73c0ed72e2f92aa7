using System.CommandLine;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>Where in the volume a command works.</summary>
internal static class RangeOptions
{
    public static Option<long> Offset() => new("--offset", "-o")
    {
        CustomParser = ByteSize.FromArgument,
        DefaultValueFactory = _ => 0,
        Description = "Byte offset from the start of the volume; any alignment.",
        HelpName = "SIZE",
    };

    /// <summary>The length of a range that lies within the volume.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Bytes; null: up to the end.</param>
    /// <exception cref="CommandFailedException">It does not lie within the volume.</exception>
    public static long Check(Volume volume, long offset, long? length)
    {
        if (offset > volume.SizeBytes || length > volume.SizeBytes - offset)
        {
            var what = length is null ? $"offset {offset} lies" : $"offset {offset} with {length} bytes reaches";
            throw new CommandFailedException($"{what} beyond the end of the volume, which has {volume.SizeBytes} bytes");
        }

        return length ?? volume.SizeBytes - offset;
    }
}
