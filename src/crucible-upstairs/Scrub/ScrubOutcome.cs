using System.Globalization;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>How a scrub ended, for whoever asked.</summary>
internal static class ScrubOutcome
{
    /// <summary>Prints the report.</summary>
    /// <returns><see cref="ExitCode.Differs"/> where damage is left.</returns>
    /// <exception cref="CommandFailedException">It did not come to its end.</exception>
    public static int Tell(ScrubInfo scrub, bool json)
    {
        if (json)
        {
            JsonOutput.WriteLine(scrub);
        }
        else
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"scrubbed {ByteSize.Format(scrub.CheckedBytes)} of {ByteSize.Format(scrub.TotalBytes)} in {Duration.Format(TimeSpan.FromSeconds(scrub.ElapsedSeconds))}: {scrub.HealedBlocks} blocks healed, {scrub.BadBlocks} blocks damaged"));
            foreach (var damage in scrub.Damage)
            {
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {damage.BlockCount} blocks from block {damage.Block} on, in extent {damage.Extent}: {damage.Cause}"));
            }
        }

        if (scrub.State != ScrubInfo.Done)
        {
            throw new CommandFailedException($"the scrub was {scrub.State} before its end{(scrub.Error is null ? "" : $": {scrub.Error}")}");
        }

        return scrub.BadBlocks == 0 ? ExitCode.Success : ExitCode.Differs;
    }
}
