using System.Globalization;
using System.Text;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace Crucible.Hosting;

/// <summary>Writes each event as one piece to one of two writers: warnings and errors, and everything else.</summary>
internal sealed class WriterSink(ITextFormatter formatter, TextWriter plain, TextWriter warnings) : ILogEventSink
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _line = new();

    public void Emit(LogEvent logEvent)
    {
        lock (_lock)
        {
            _line.Clear();
            using (var line = new StringWriter(_line, CultureInfo.InvariantCulture))
            {
                formatter.Format(logEvent, line);
            }

            var writer = logEvent.Level >= LogEventLevel.Warning ? warnings : plain;
            writer.Write(_line);
            writer.Flush();
        }
    }
}
