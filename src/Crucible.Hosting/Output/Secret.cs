namespace Crucible.Hosting;

/// <summary>Marks a value that must never be shown: a key, a password, a token. It prints as <c>***</c>.</summary>
/// <param name="Value">What is hidden; null stays null, so that an options line can leave it out.</param>
public readonly record struct Secret(object? Value)
{
    /// <inheritdoc/>
    public override string ToString() => "***";
}
