using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>Blocks of one extent that are compared among replicas, and made alike, at once.</summary>
/// <param name="Extent">Which extent.</param>
/// <param name="Start">First block, counted from the extent's beginning.</param>
/// <param name="Count">How many, at most <see cref="WireLimits.MaxBlocksPerJob"/>.</param>
internal readonly record struct Chunk(uint Extent, uint Start, uint Count);
