namespace Crucible.Dsc.Output;

/// <summary>
/// Writes the lines of several processes to one place, whole lines only. Lines of a downstairs have its name in front,
/// coloured on a terminal. Safe for use by several threads at once.
/// </summary>
/// <param name="writer">Where lines go.</param>
/// <param name="colours">Whether the writer's reader shows ANSI colours.</param>
internal sealed class LineOutput(TextWriter writer, bool colours)
{
    private const string Plain = "\e[0m";
    private const string Bold = "\e[1m";

    private static readonly string[] Palette = ["\e[36m", "\e[35m", "\e[33m"];

    private readonly Lock _lock = new();

    /// <summary>Standard output, or standard error where standard output is kept for a report.</summary>
    public static LineOutput ToConsole(bool standardError)
    {
        var redirected = standardError ? Console.IsErrorRedirected : Console.IsOutputRedirected;
        return new LineOutput(standardError ? Console.Error : Console.Out, !redirected && TerminalShowsColours());
    }

    /// <summary>A line of our own.</summary>
    public void Say(string text) => Write(colours ? $"{Bold}{text}{Plain}" : text);

    /// <summary>A line of a process, as it is.</summary>
    public void Line(string text) => Write(text);

    /// <summary>A line of a downstairs.</summary>
    /// <param name="name">What it is called, such as its port.</param>
    /// <param name="index">Counted from 0; chooses the colour.</param>
    /// <param name="text">The line.</param>
    public void Line(string name, int index, string text) => Write(
        colours ? $"{Palette[index % Palette.Length]}{name} |{Plain} {text}" : $"{name} | {text}");

    private static bool TerminalShowsColours() =>
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) &&
        Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    private void Write(string line)
    {
        lock (_lock)
        {
            writer.WriteLine(line);
            writer.Flush();
        }
    }
}
