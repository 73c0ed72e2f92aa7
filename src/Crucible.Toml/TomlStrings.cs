using System.Globalization;
using System.Text;

namespace Crucible.Toml;

/// <summary>Reads strings of one line: basic ones with escapes, and literal ones.</summary>
internal static class TomlStrings
{
    /// <summary>The cursor stands at the quote that begins it.</summary>
    public static string Read(TomlCursor cursor)
    {
        var quote = cursor.Next;
        if (cursor.StartsWith(new string(quote, 3)))
        {
            throw cursor.Problem("strings of several lines are not supported");
        }

        var start = cursor.Position;
        cursor.Skip();
        var text = new StringBuilder();
        while (cursor.Next != quote)
        {
            if (cursor.IsAtEnd || cursor.Next is '\n' or '\r')
            {
                throw new TomlException(start, "this string does not end on its line");
            }

            if (char.IsControl(cursor.Next) && cursor.Next != '\t')
            {
                throw cursor.Problem($"{TomlCursor.Quote(cursor.Next)} in a string");
            }

            if (quote == '"' && cursor.Next == '\\')
            {
                text.Append(ReadEscape(cursor));
            }
            else
            {
                text.Append(cursor.Next);
                cursor.Skip();
            }
        }

        cursor.Skip();
        return text.ToString();
    }

    private static string ReadEscape(TomlCursor cursor)
    {
        var start = cursor.Position;
        cursor.Skip();
        var kind = cursor.Next;
        cursor.Skip(cursor.IsAtEnd ? 0 : 1);
        return kind switch
        {
            'b' => "\b",
            't' => "\t",
            'n' => "\n",
            'f' => "\f",
            'r' => "\r",
            '"' => "\"",
            '\\' => "\\",
            'u' => ReadCode(cursor, start, 4),
            'U' => ReadCode(cursor, start, 8),
            _ => throw new TomlException(start, $"'\\' before {TomlCursor.Quote(kind)} means nothing; a '\\' itself is written '\\\\', or the string in single quotes"),
        };
    }

    private static string ReadCode(TomlCursor cursor, TomlPosition start, int digits)
    {
        var left = digits;
        var code = cursor.TakeWhile(c => left-- > 0 && char.IsAsciiHexDigit(c));
        return code.Length == digits
            && uint.TryParse(code, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number)
            && Rune.TryCreate(number, out var rune)
                ? rune.ToString()
                : throw new TomlException(start, $"\\{(digits == 4 ? 'u' : 'U')} needs {digits} hexadecimal digits of a Unicode character");
    }
}
