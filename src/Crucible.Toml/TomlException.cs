namespace Crucible.Toml;

/// <summary>A document is not one that can be read; the message begins with the place and says what is wrong there.</summary>
public sealed class TomlException(TomlPosition position, string problem) : CrucibleException($"{position}: {problem}")
{
    /// <summary>Where.</summary>
    public TomlPosition Position { get; } = position;
}
