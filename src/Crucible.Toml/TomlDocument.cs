using System.Buffers;
using System.Globalization;

namespace Crucible.Toml;

/// <summary>
/// Reads a strict subset of TOML 1.0: tables, arrays of tables, basic and literal strings of one line, decimal integers,
/// booleans and arrays. Whatever else TOML has (dotted keys, inline tables, floats, dates, strings of several lines) is an
/// error that says so.
/// </summary>
public static class TomlDocument
{
    /// <summary>Arrays in arrays: nobody nests deeper, and a reader that calls itself must not be led on.</summary>
    private const int MaxDepth = 16;

    private static readonly SearchValues<char> IntegerCharacters = SearchValues.Create("0123456789_");

    /// <summary>Reads a document.</summary>
    /// <exception cref="TomlException">It is not one; the message begins with line and column.</exception>
    public static TomlTable Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var cursor = new TomlCursor(text);
        var root = new TomlTable(cursor.Position);
        var table = root;
        for (cursor.SkipLines(); !cursor.IsAtEnd; cursor.SkipLines())
        {
            if (cursor.Next == '[')
            {
                table = ReadTableHeader(cursor, root);
            }
            else
            {
                ReadEntry(cursor, table);
            }
        }

        return root;
    }

    private static TomlTable ReadTableHeader(TomlCursor cursor, TomlTable root)
    {
        var position = cursor.Position;
        var isArray = cursor.StartsWith("[[");
        var closing = isArray ? "]]" : "]";
        cursor.Skip(closing.Length);
        cursor.SkipBlanks();
        var key = ReadKey(cursor);
        cursor.SkipBlanks();
        if (!cursor.StartsWith(closing))
        {
            throw cursor.Problem($"'{closing}' must follow, not {TomlCursor.Quote(cursor.Next)}");
        }

        cursor.Skip(closing.Length);
        cursor.EndLine("a table's name");
        var table = new TomlTable(position);
        if (isArray && root.Find(key)?.Content is List<TomlTable> tables)
        {
            tables.Add(table);
        }
        else
        {
            root.Add(key, position, new TomlValue(position, isArray ? new List<TomlTable> { table } : table));
        }

        return table;
    }

    private static void ReadEntry(TomlCursor cursor, TomlTable table)
    {
        var position = cursor.Position;
        var key = ReadKey(cursor);
        cursor.SkipBlanks();
        if (cursor.Next != '=')
        {
            throw cursor.Problem($"'=' must follow the key '{key}', not {TomlCursor.Quote(cursor.Next)}");
        }

        cursor.Skip();
        cursor.SkipBlanks();
        table.Add(key, position, ReadValue(cursor, 0));
        cursor.EndLine($"the value of '{key}'");
    }

    private static string ReadKey(TomlCursor cursor)
    {
        var position = cursor.Position;
        var key = cursor.Next is '"' or '\''
            ? TomlStrings.Read(cursor)
            : cursor.TakeWhile(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
        if (key.Length == 0)
        {
            throw new TomlException(position, $"a key must stand here, not {TomlCursor.Quote(cursor.Next)}");
        }

        cursor.SkipBlanks();
        return cursor.Next == '.' ? throw cursor.Problem("keys with dots are not supported") : key;
    }

    private static TomlValue ReadValue(TomlCursor cursor, int depth)
    {
        var position = cursor.Position;
        object content = cursor.Next switch
        {
            '"' or '\'' => TomlStrings.Read(cursor),
            '[' => ReadArray(cursor, depth),
            '{' => throw cursor.Problem("inline tables are not supported"),
            _ => ReadWord(cursor),
        };
        return new TomlValue(position, content);
    }

    private static List<TomlValue> ReadArray(TomlCursor cursor, int depth)
    {
        if (depth == MaxDepth)
        {
            throw cursor.Problem($"arrays are nested deeper than {MaxDepth}");
        }

        var items = new List<TomlValue>();
        cursor.Skip();
        cursor.SkipLines();
        while (cursor.Next != ']')
        {
            items.Add(ReadValue(cursor, depth + 1));
            cursor.SkipLines();
            if (cursor.Next == ',')
            {
                cursor.Skip();
                cursor.SkipLines();
            }
            else if (cursor.Next != ']')
            {
                throw cursor.Problem($"',' or ']' must follow in this array, not {TomlCursor.Quote(cursor.Next)}");
            }
        }

        cursor.Skip();
        return items;
    }

    private static object ReadWord(TomlCursor cursor)
    {
        var position = cursor.Position;
        var word = cursor.TakeWhile(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '+' or '.' or ':');
        return word switch
        {
            "" => throw cursor.Problem($"a value must stand here, not {TomlCursor.Quote(cursor.Next)}"),
            "true" => true,
            "false" => false,
            _ => TryReadInteger(word, out var number)
                ? number
                : throw new TomlException(
                    position, $"'{word}' is no value that is supported: strings stand in quotes, numbers are whole and decimal, and there are true and false"),
        };
    }

    // Digits with single underscores between them, no leading zero, within 64 bits.
    private static bool TryReadInteger(string word, out long number)
    {
        var digits = word.AsSpan(word[0] is '+' or '-' ? 1 : 0);
        number = 0;
        return !digits.IsEmpty
            && (digits[0] != '0' || digits.Length == 1)
            && digits[0] != '_' && digits[^1] != '_' && !digits.Contains("__", StringComparison.Ordinal)
            && !digits.ContainsAnyExcept(IntegerCharacters)
            && long.TryParse(word.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }
}
