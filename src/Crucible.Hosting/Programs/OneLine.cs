using System.Text;

namespace Crucible.Hosting;

/// <summary>Joins the lines of a message, so that one error stays one line for people and for <c>grep</c>.</summary>
internal static class OneLine
{
    public static string Of(string message)
    {
        if (!message.AsSpan().ContainsAny('\r', '\n'))
        {
            return message;
        }

        var joined = new StringBuilder(message.Length);
        foreach (var line in message.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (joined.Length > 0)
            {
                joined.Append(joined[^1] is ':' or ',' or ';' ? " " : ", ");
            }

            joined.Append(line);
        }

        return joined.ToString();
    }
}
