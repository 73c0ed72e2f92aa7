namespace Crucible.Toml;

/// <summary>Walks through a text and knows where it is.</summary>
internal sealed class TomlCursor(string text)
{
    /// <summary>Stands for the end of the text.</summary>
    public const char End = '\0';

    private int _at;
    private int _line = 1;
    private int _lineStart;

    public TomlPosition Position => new(_line, _at - _lineStart + 1);

    public bool IsAtEnd => _at == text.Length;

    /// <summary>The next character; <see cref="End"/> at the end.</summary>
    public char Next => _at < text.Length ? text[_at] : End;

    public bool StartsWith(string what) => text.AsSpan(_at).StartsWith(what, StringComparison.Ordinal);

    /// <summary>Passes over characters of one line.</summary>
    public void Skip(int count = 1) => _at += count;

    /// <summary>Takes characters of one line as long as they fit.</summary>
    public string TakeWhile(Func<char, bool> fits)
    {
        var start = _at;
        while (_at < text.Length && fits(text[_at]))
        {
            _at++;
        }

        return text[start.._at];
    }

    public void SkipBlanks() => TakeWhile(static c => c is ' ' or '\t');

    /// <summary>Passes over blanks, comments and line ends.</summary>
    public void SkipLines()
    {
        do
        {
            SkipBlanks();
            SkipComment();
        }
        while (TrySkipLineEnd());
    }

    /// <summary>Passes over the rest of a line, which must hold nothing more.</summary>
    public void EndLine(string after)
    {
        SkipBlanks();
        SkipComment();
        if (!IsAtEnd && !TrySkipLineEnd())
        {
            throw Problem($"{Quote(Next)} after {after}: each key and each table stands on a line of its own");
        }
    }

    public TomlException Problem(string problem) => new(Position, problem);

    /// <summary>A character as a person can be shown it.</summary>
    public static string Quote(char character) => character switch
    {
        End => "the end of the file",
        '\n' or '\r' => "the end of the line",
        _ when char.IsControl(character) => $"the control character U+{(int)character:X4}",
        _ => $"'{character}'",
    };

    private void SkipComment()
    {
        if (Next == '#')
        {
            TakeWhile(static c => c is '\t' or (>= ' ' and not '\u007F'));
            if (!IsAtEnd && Next is not ('\n' or '\r'))
            {
                throw Problem($"{Quote(Next)} in a comment");
            }
        }
    }

    private bool TrySkipLineEnd()
    {
        var length = StartsWith("\r\n") ? 2 : Next == '\n' ? 1 : 0;
        if (length == 0)
        {
            return false;
        }

        _at += length;
        _line++;
        _lineStart = _at;
        return true;
    }
}
