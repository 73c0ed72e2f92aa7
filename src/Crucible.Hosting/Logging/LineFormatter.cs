using Serilog.Events;
using Serilog.Formatting;
using Serilog.Formatting.Display;

namespace Crucible.Hosting;

/// <summary>
/// Lines for people. Plain: the message alone, with <c>warning:</c> or <c>error:</c> in front where it is one. Full: time,
/// level and category too, and whole exceptions.
/// </summary>
internal sealed class LineFormatter(bool full) : ITextFormatter
{
    // The l keeps strings free of the quotes that Serilog would put round them.
    private readonly MessageTemplateTextFormatter _full = new(
        "{Timestamp:HH:mm:ss.fff} {Level:w4} {SourceContext}: {Message:l}{NewLine}{Exception}");

    private readonly MessageTemplateTextFormatter _message = new("{Message:l}");

    public void Format(LogEvent logEvent, TextWriter output)
    {
        if (full)
        {
            _full.Format(logEvent, output);
            return;
        }

        output.Write(logEvent.Level switch
        {
            LogEventLevel.Warning => "warning: ",
            LogEventLevel.Error or LogEventLevel.Fatal => "error: ",
            _ => "",
        });
        _message.Format(logEvent, output);
        if (logEvent.Exception is { } exception)
        {
            output.Write(": ");
            output.Write(OneLine.Of(exception.Message));
        }

        output.WriteLine();
    }
}
