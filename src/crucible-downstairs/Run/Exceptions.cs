namespace Crucible.Downstairs.Program;

/// <summary>The directory holds no region; the message says how to make one.</summary>
internal sealed class NoRegionException(string message) : CrucibleException(message);

/// <summary>The address can't be listened on; the message says why and, where it can be told, who has it.</summary>
internal sealed class CannotListenException(string message) : CrucibleException(message);
