using Crucible.Dsc.Output;
using Crucible.Dsc.Processes;

namespace Crucible.Dsc.Regions;

/// <summary>Makes regions by running <c>crucible-downstairs create</c>.</summary>
/// <param name="downstairs">The program's path.</param>
/// <param name="output">Takes what it prints.</param>
internal sealed class RegionMaker(string downstairs, LineOutput output)
{
    /// <summary>Makes one region.</summary>
    /// <param name="folder">Its directory: absent or empty.</param>
    /// <param name="index">Which of the set it is, counted from 0.</param>
    /// <param name="geometry">Its sizes.</param>
    /// <param name="cancellationToken">Stops waiting and ends the program.</param>
    /// <exception cref="DscException">It could not be made; the program's own lines have said why.</exception>
    public async Task MakeAsync(string folder, int index, RegionGeometry geometry, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
        await using var process = ChildProcess.Start(
            downstairs, geometry.CreateArguments(folder), line => output.Line(name, index, line));
        var code = await process.Exited.WaitAsync(cancellationToken);
        if (code != 0)
        {
            throw new DscException($"no region was made in {folder}: {SiblingPrograms.Downstairs} ended with exit code {code}");
        }
    }
}
