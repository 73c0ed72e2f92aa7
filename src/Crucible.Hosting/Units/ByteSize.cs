using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Crucible.Hosting;

/// <summary>Sizes as people write them. Units are powers of 1024; nothing is rounded when reading.</summary>
public static class ByteSize
{
    private const string Units = "KMGTPE";

    private const string Expected = "a whole number of bytes, or of K, M, G, T, P or E (KiB, MiB, …)";

    /// <summary>In the largest unit that gives one or more: <c>512 B</c>, <c>64 MiB</c>, <c>1.5 GiB</c>.</summary>
    /// <param name="bytes">Zero or more.</param>
    public static string Format(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        if (bytes < 1024)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{bytes} B");
        }

        var unit = 0;
        var value = bytes / 1024.0;

        // 1023.95 would print as 1024.0: it belongs to the next unit.
        while (value >= 1023.95 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {Units[unit]}iB");
    }

    /// <summary>Reads <c>4096</c>, <c>64MiB</c>, <c>64M</c>, <c>1 g</c>.</summary>
    /// <exception cref="UsageException">Anything else: negative, a fraction, 8 EiB or more, powers of 1000.</exception>
    public static long Parse(string text) =>
        TryParse(text, out var bytes, out var error) ? bytes : throw new UsageException(error);

    /// <summary>Reads a size, or says in one line why it is none.</summary>
    public static bool TryParse(string? text, out long bytes, [NotNullWhen(false)] out string? error)
    {
        bytes = 0;
        error = null;
        var trimmed = text.AsSpan().Trim();
        var digits = trimmed.IndexOfAnyExceptInRange('0', '9');
        var number = digits < 0 ? trimmed : trimmed[..digits];
        var unit = digits < 0 ? [] : trimmed[digits..].TrimStart();
        if (number.IsEmpty || !TryShift(unit, out var shift))
        {
            error = IsThousands(unit)
                ? $"'{text}' is not a size: '{unit}' could mean powers of 1000 or 1024; write {char.ToUpperInvariant(unit[0])}iB"
                : $"'{text}' is not a size: give {Expected}";
            return false;
        }

        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ||
            count > long.MaxValue >> shift)
        {
            error = $"'{text}' is too large a size: at most {long.MaxValue} bytes";
            return false;
        }

        bytes = count << shift;
        return true;
    }

    /// <summary>For <see cref="System.CommandLine.Option{T}.CustomParser"/>.</summary>
    public static long FromArgument(ArgumentResult argument)
    {
        ArgumentNullException.ThrowIfNull(argument);
        if (!TryParse(argument.Tokens[0].Value, out var bytes, out var error))
        {
            argument.AddError($"{NameOf(argument)}: {error}");
        }

        return bytes;
    }

    /// <summary>What the user typed to name the option or argument.</summary>
    internal static string NameOf(ArgumentResult argument) =>
        argument.Parent is OptionResult option ? option.Option.Name : $"<{argument.Argument.Name}>";

    private static bool TryShift(ReadOnlySpan<char> unit, out int shift)
    {
        shift = 0;
        if (unit.IsEmpty || unit.Equals("B", StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        shift = 10 * (Units.IndexOf(char.ToUpperInvariant(unit[0]), StringComparison.Ordinal) + 1);
        return shift > 0 && (unit.Length == 1 || unit[1..].Equals("iB", StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsThousands(ReadOnlySpan<char> unit) =>
        unit.Length == 2 && Units.Contains(char.ToUpperInvariant(unit[0]), StringComparison.Ordinal) && unit[1] is 'b' or 'B';
}
