namespace Crucible.Toml;

/// <summary>
/// Keys and values of a document, or of a table in it. Whoever reads takes what it knows, and at the end lets everything else
/// be refused: a misspelt key is an error with its place, not a setting that has no effect.
/// </summary>
public sealed class TomlTable
{
    private readonly List<(string Key, TomlPosition Position, TomlValue Value)> _entries = [];
    private readonly List<string> _known = [];

    internal TomlTable(TomlPosition position)
    {
        Position = position;
    }

    /// <summary>Where it begins.</summary>
    public TomlPosition Position { get; }

    /// <summary>The string of a key; null where the key is absent.</summary>
    /// <exception cref="TomlException">It is something else.</exception>
    public string? TakeString(string key) => Take(key) is { } value ? As<string>(key, value, "a string") : null;

    /// <summary>The integer of a key.</summary>
    /// <param name="key">Which.</param>
    /// <param name="least">The least that makes sense.</param>
    /// <param name="most">The most that makes sense.</param>
    /// <returns>Null where the key is absent.</returns>
    /// <exception cref="TomlException">It is something else, or out of range.</exception>
    public long? TakeInteger(string key, long least = long.MinValue, long most = long.MaxValue)
    {
        if (Take(key) is not { } value)
        {
            return null;
        }

        var number = (long)As<object>(key, value, "an integer", static content => content is long);
        return number >= least && number <= most
            ? number
            : throw new TomlException(value.Position, $"{key} must be from {least} to {most}, not {number}");
    }

    /// <summary>The boolean of a key; null where the key is absent.</summary>
    /// <exception cref="TomlException">It is something else.</exception>
    public bool? TakeBoolean(string key) =>
        Take(key) is { } value ? (bool)As<object>(key, value, "true or false", static content => content is bool) : null;

    /// <summary>The strings of an array; null where the key is absent.</summary>
    /// <exception cref="TomlException">It is something else, or holds something else.</exception>
    public IReadOnlyList<string>? TakeStrings(string key)
    {
        if (Take(key) is not { } value)
        {
            return null;
        }

        var items = As<List<TomlValue>>(key, value, "an array of strings");
        return [.. items.Select(item => As<string>(key, item, "an array of strings"))];
    }

    /// <summary>The tables of an array of tables (<c>[[key]]</c>), in order; empty where there is none.</summary>
    /// <exception cref="TomlException">The key is something else.</exception>
    public IReadOnlyList<TomlTable> TakeTables(string key) =>
        Take(key) is { } value ? As<List<TomlTable>>(key, value, $"given as [[{key}]]") : [];

    /// <summary>Where the value of a key stands, for whoever finds that it makes no sense; the table itself where it is absent.</summary>
    public TomlPosition PositionOf(string key) => Find(key)?.Position ?? Position;

    /// <summary>Refuses the first key that nobody asked for.</summary>
    /// <exception cref="TomlException">There is one.</exception>
    public void RefuseOthers()
    {
        foreach (var (key, position, _) in _entries)
        {
            if (!_known.Contains(key))
            {
                throw new TomlException(position, $"unknown key '{key}'; there are {string.Join(", ", _known.Order(StringComparer.Ordinal))}");
            }
        }
    }

    internal TomlValue? Find(string key)
    {
        foreach (var entry in _entries)
        {
            if (entry.Key == key)
            {
                return entry.Value;
            }
        }

        return null;
    }

    internal void Add(string key, TomlPosition position, TomlValue value)
    {
        if (Find(key) is { } earlier)
        {
            throw new TomlException(position, $"'{key}' is given twice; first at {earlier.Position}");
        }

        _entries.Add((key, position, value));
    }

    private TomlValue? Take(string key)
    {
        _known.Add(key);
        return Find(key);
    }

    private static T As<T>(string key, TomlValue value, string wanted, Predicate<object>? fits = null)
        where T : class =>
        value.Content is T content && (fits is null || fits(content))
            ? content
            : throw new TomlException(value.Position, $"{key} must be {wanted}, not {value.Kind}");
}
