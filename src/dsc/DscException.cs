namespace Crucible.Dsc;

/// <summary>Something that dsc was asked to do cannot be done; the message is one line and says what would help.</summary>
public sealed class DscException(string message) : CrucibleException(message);
