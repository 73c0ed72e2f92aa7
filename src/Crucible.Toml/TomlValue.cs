namespace Crucible.Toml;

/// <summary>A value and where it stands.</summary>
/// <param name="Position">Of its first character.</param>
/// <param name="Content">
/// A <see cref="string"/>, <see cref="long"/>, <see cref="bool"/>, <see cref="TomlTable"/>, a list of values (an array) or a
/// list of tables (an array of tables).
/// </param>
internal sealed record TomlValue(TomlPosition Position, object Content)
{
    /// <summary>What it is, in words.</summary>
    public string Kind => Content switch
    {
        string => "a string",
        long => "an integer",
        bool => "a boolean",
        TomlTable => "a table",
        List<TomlTable> => "an array of tables",
        _ => "an array",
    };
}
