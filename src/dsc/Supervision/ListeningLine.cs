using System.Net;
using System.Text.RegularExpressions;

namespace Crucible.Dsc.Supervision;

/// <summary>The line by which a downstairs tells that it is ready: <c>listening on 0.0.0.0:3801</c>.</summary>
internal static partial class ListeningLine
{
    /// <summary>The address and port of such a line, whatever a logger put in front; null for any other.</summary>
    public static IPEndPoint? Parse(string line)
    {
        var match = Pattern().Match(line);
        return match.Success && IPEndPoint.TryParse(match.Groups[1].Value, out var endPoint) && endPoint.Port != 0
            ? endPoint
            : null;
    }

    [GeneratedRegex(@"\blistening on (\S+:\d+)$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
