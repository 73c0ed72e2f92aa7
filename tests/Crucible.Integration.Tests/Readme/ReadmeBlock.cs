using System.Text;

namespace Crucible.Integration.Tests.Readme;

/// <summary>A block of commands of the README: what a reader types into one terminal.</summary>
/// <param name="Section">The heading it stands under.</param>
/// <param name="Script">Its lines.</param>
/// <param name="NotRunBecause">Why no test runs it, from a comment of its own above it; null for one that is run.</param>
internal sealed record ReadmeBlock(string Section, string Script, string? NotRunBecause)
{
    private const string Fence = "```";
    private const string CommandFence = "```sh";
    private const string Marker = "<!-- not run by ReadmeTests:";
    private const string MarkerEnd = "-->";

    /// <summary>Whether it runs until it is stopped.</summary>
    public bool IsDaemon =>
        Script.StartsWith("crucible-downstairs", StringComparison.Ordinal) || Script.StartsWith("crucible-upstairs nbd", StringComparison.Ordinal);

    /// <summary>The NBD client that it runs and that a machine may not have; null where it runs none.</summary>
    public string? Client => Script.StartsWith("nbd", StringComparison.Ordinal) || Script.StartsWith("qemu", StringComparison.Ordinal)
        ? Script.Split(' ')[0]
        : null;

    /// <summary>The blocks fenced as <c>sh</c>, in order.</summary>
    /// <param name="lines">The document.</param>
    /// <param name="heading">What a section's heading begins with.</param>
    public static IReadOnlyList<ReadmeBlock> Parse(IEnumerable<string> lines, string heading = "## ")
    {
        var blocks = new List<ReadmeBlock>();
        var section = "";
        string? reason = null;
        StringBuilder? script = null;
        foreach (var line in lines)
        {
            if (script is not null)
            {
                if (line == Fence)
                {
                    blocks.Add(new ReadmeBlock(section, script.ToString(), reason));
                    (script, reason) = (null, null);
                }
                else
                {
                    script.Append(line).Append('\n');
                }
            }
            else if (line == CommandFence)
            {
                script = new StringBuilder();
            }
            else if (line.StartsWith(heading, StringComparison.Ordinal))
            {
                section = line[heading.Length..];
            }
            else if (line.StartsWith(Marker, StringComparison.Ordinal))
            {
                reason = line[Marker.Length..].Replace(MarkerEnd, "", StringComparison.Ordinal).Trim();
            }
        }

        return blocks;
    }
}
