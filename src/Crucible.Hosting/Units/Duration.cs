using System.Buffers;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Crucible.Hosting;

/// <summary>Spans of time as people write them: a number and its unit.</summary>
public static class Duration
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("us", TimeSpan.TicksPerMicrosecond),
        ("µs", TimeSpan.TicksPerMicrosecond),
        ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour),
        ("d", TimeSpan.TicksPerDay),
    ];

    /// <summary>Briefly: <c>250 µs</c>, <c>12.5 ms</c>, <c>2.1 s</c>, <c>3m20s</c>, <c>2h05m</c>, <c>3d04h</c>.</summary>
    /// <param name="time">Zero or more.</param>
    public static string Format(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        return time switch
        {
            { Ticks: 0 } => "0 s",
            { TotalMicroseconds: < 999.5 } => Invariant($"{time.TotalMicroseconds:0.#} µs"),
            { TotalMilliseconds: < 999.5 } => Invariant($"{time.TotalMilliseconds:0.#} ms"),
            { TotalSeconds: < 59.95 } => Invariant($"{time.TotalSeconds:0.#} s"),
            { TotalMinutes: < 60 } => Invariant($"{time.Minutes}m{time.Seconds:00}s"),
            { TotalHours: < 24 } => Invariant($"{time.Hours}h{time.Minutes:00}m"),
            _ => Invariant($"{time.Days}d{time.Hours:00}h"),
        };
    }

    /// <summary>Reads <c>500ms</c>, <c>2s</c>, <c>1.5h</c>, and <c>0</c>, the one number that needs no unit.</summary>
    /// <exception cref="UsageException">The text is anything else: negative, without a unit, or beyond 10,000 days.</exception>
    public static TimeSpan Parse(string text) =>
        TryParse(text, out var time, out var error) ? time : throw new UsageException(error);

    /// <summary>Reads a time, or says in one line why it is none.</summary>
    public static bool TryParse(string? text, out TimeSpan time, [NotNullWhen(false)] out string? error)
    {
        time = TimeSpan.Zero;
        error = null;
        var trimmed = text.AsSpan().Trim();
        var end = trimmed.IndexOfAnyExcept(NumberCharacters);
        var number = end < 0 ? trimmed : trimmed[..end];
        var unit = end < 0 ? [] : trimmed[end..].TrimStart();
        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
        {
            error = $"'{text}' is not a time: give a number and us, ms, s, m, h or d, such as 500ms";
            return false;
        }

        if (count == 0 && unit.IsEmpty)
        {
            return true;
        }

        foreach (var (name, ticks) in Units)
        {
            if (unit.SequenceEqual(name))
            {
                return TryScale(text, count, ticks, out time, out error);
            }
        }

        error = unit.IsEmpty
            ? $"'{text}' is not a time: it lacks a unit (us, ms, s, m, h or d)"
            : $"'{text}' is not a time: '{unit}' is not one of us, ms, s, m, h, d";
        return false;
    }

    /// <summary>For <see cref="System.CommandLine.Option{T}.CustomParser"/>.</summary>
    public static TimeSpan FromArgument(ArgumentResult argument)
    {
        ArgumentNullException.ThrowIfNull(argument);
        if (!TryParse(argument.Tokens[0].Value, out var time, out var error))
        {
            argument.AddError($"{ByteSize.NameOf(argument)}: {error}");
        }

        return time;
    }

    private static bool TryScale(
        string? text, decimal count, long ticks, out TimeSpan time, [NotNullWhen(false)] out string? error)
    {
        // Far beyond any timeout, and far inside what TimeSpan and timers can hold.
        const long MostTicks = 10_000 * TimeSpan.TicksPerDay;
        error = count > MostTicks / ticks ? $"'{text}' is too long a time: at most 10000d" : null;
        time = error is null ? TimeSpan.FromTicks((long)(count * ticks)) : TimeSpan.Zero;
        return error is null;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
