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
    public bool IsDaemon => Script.StartsWith("crucible-downstairs", StringComparison.Ordinal);

    /// <summary>The blocks fenced as <c>sh</c>, in order.</summary>
    public static IReadOnlyList<ReadmeBlock> Parse(IEnumerable<string> lines)
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
            else if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                section = line[3..];
            }
            else if (line.StartsWith(Marker, StringComparison.Ordinal))
            {
                reason = line[Marker.Length..].Replace(MarkerEnd, "", StringComparison.Ordinal).Trim();
            }
        }

        return blocks;
    }
}
