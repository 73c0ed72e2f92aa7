using System.Globalization;

namespace Crucible.Hosting;

/// <summary>
/// Tells a person how far a long operation is. On a terminal: one line with a bar, redrawn in place. Elsewhere: a line every
/// two seconds. Operations of less than a second print nothing. Reporting costs a clock reading unless a line is due.
/// </summary>
public sealed class ProgressLine : IProgress<long>, IDisposable
{
    private const int BarCells = 24;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan NextLine = TimeSpan.FromSeconds(2);

    private readonly string _what;
    private readonly long? _totalBytes;
    private readonly TextWriter? _writer;
    private readonly bool _isTerminal;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly Lock _lock = new();
    private long _due;
    private long _done;
    private int _drawnLength;
    private bool _drawn;

    /// <summary>Starts the clock; writes to standard error.</summary>
    /// <param name="what">In front of each line, such as <c>import</c>.</param>
    /// <param name="totalBytes">Where 100 % is; null when nobody knows.</param>
    /// <param name="enabled">False (<c>-q</c>, <c>--json</c>) never prints anything.</param>
    public ProgressLine(string what, long? totalBytes, bool enabled)
        : this(what, totalBytes, enabled ? Console.Error : null, !Console.IsErrorRedirected, TimeProvider.System)
    {
    }

    internal ProgressLine(string what, long? totalBytes, TextWriter? writer, bool isTerminal, TimeProvider time)
    {
        _what = what;
        _totalBytes = totalBytes;
        _writer = writer;
        _isTerminal = isTerminal;
        _time = time;
        _start = time.GetTimestamp();
        _due = _start + Ticks(isTerminal ? Patience : NextLine);
    }

    /// <summary>Bytes done so far, counted from the beginning of the operation. May be called from any thread.</summary>
    public void Report(long value)
    {
        if (_writer is null)
        {
            return;
        }

        Volatile.Write(ref _done, value);
        if (_time.GetTimestamp() < Volatile.Read(ref _due))
        {
            return;
        }

        lock (_lock)
        {
            var now = _time.GetTimestamp();
            if (now < _due)
            {
                return;
            }

            Volatile.Write(ref _due, now + Ticks(_isTerminal ? Redraw : NextLine));
            Draw(value, now);
        }
    }

    /// <summary>Prints where the operation ended, if it took over a second, and leaves the cursor on a fresh line.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            var ended = _due == long.MaxValue;
            Volatile.Write(ref _due, long.MaxValue);
            if (_writer is null || ended || (!_drawn && _time.GetElapsedTime(_start, now) < Patience))
            {
                return;
            }

            Draw(Volatile.Read(ref _done), now);
            if (_isTerminal)
            {
                _writer.WriteLine();
            }
        }
    }

    private void Draw(long done, long now)
    {
        var line = Compose(done, _time.GetElapsedTime(_start, now));
        if (_isTerminal)
        {
            _writer!.Write($"\r{line.PadRight(_drawnLength)}");
            _drawnLength = line.Length;
        }
        else
        {
            _writer!.WriteLine(line);
        }

        _writer.Flush();
        _drawn = true;
    }

    private string Compose(long done, TimeSpan elapsed)
    {
        var bytesPerSecond = done / Math.Max(elapsed.TotalSeconds, 0.001);
        var rate = string.Create(CultureInfo.InvariantCulture, $"{bytesPerSecond / (1 << 20):0.0} MiB/s");
        if (_totalBytes is not { } total)
        {
            return $"{_what} {ByteSize.Format(done)} {rate}";
        }

        var part = total == 0 ? 1 : Math.Clamp((double)done / total, 0, 1);

        // Rounded down: 100 % is said only when it is true.
        var percent = string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(part * 100),3:0} %");
        var left = done >= total || bytesPerSecond < 1 ? "" : $" ETA {Eta((total - done) / bytesPerSecond)}";
        return $"{_what} {Bar(part)}{percent} {ByteSize.Format(done)} of {ByteSize.Format(total)} {rate}{left}";
    }

    private string Bar(double part)
    {
        if (!_isTerminal)
        {
            return "";
        }

        var filled = (int)(part * BarCells);
        return $"[{new string('#', filled)}{new string('-', BarCells - filled)}] ";
    }

    private static string Eta(double seconds) =>
        Duration.Format(TimeSpan.FromSeconds(Math.Min(Math.Ceiling(seconds), TimeSpan.FromDays(9999).TotalSeconds)));

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _time.TimestampFrequency);
}
