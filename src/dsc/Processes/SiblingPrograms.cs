namespace Crucible.Dsc.Processes;

/// <summary>Finds the programs that dsc starts.</summary>
/// <param name="ownFolder">The folder of dsc's own assembly.</param>
internal sealed class SiblingPrograms(string ownFolder)
{
    public const string Downstairs = "crucible-downstairs";
    public const string Upstairs = "crucible-upstairs";

    /// <summary>Those beside the running dsc.</summary>
    public static SiblingPrograms OfThisProcess() => new(AppContext.BaseDirectory);

    /// <summary>
    /// A program's full path: the one that was asked for, else the one beside dsc (published together), else the one of the
    /// checkout that dsc was built in (<c>artifacts/bin/PROGRAM/CONFIGURATION/</c>).
    /// </summary>
    /// <exception cref="DscException">There is none; the message says where it was looked for.</exception>
    public string Find(string program, string? wanted)
    {
        if (wanted is not null)
        {
            return File.Exists(wanted) ? Path.GetFullPath(wanted) : throw new DscException($"there is no program {wanted}");
        }

        return Candidates(program).FirstOrDefault(File.Exists) ?? throw new DscException(
            $"{program} was not found ({string.Join(", ", Candidates(program))}): build it, or say where it is with --ds-bin");
    }

    private IEnumerable<string> Candidates(string program)
    {
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(ownFolder));
        yield return Path.Combine(folder, program);

        var bin = Path.GetDirectoryName(Path.GetDirectoryName(folder));
        if (bin is not null)
        {
            yield return Path.Combine(bin, program, Path.GetFileName(folder), program);
        }
    }
}
