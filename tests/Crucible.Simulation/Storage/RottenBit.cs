namespace Crucible.Simulation;

/// <summary>
/// A bit that was flipped at rest. It stays wrong in the version of its sector that it was flipped in and in every version
/// that a write made from that one without writing over its byte.
/// </summary>
internal sealed class RottenBit(int sector, int at, byte mask, byte[] flippedIn)
{
    private readonly HashSet<byte[]> _carriers = new(ReferenceEqualityComparer.Instance) { flippedIn };

    public int Sector => sector;

    /// <summary>The byte in its sector.</summary>
    public int At => at;

    public byte Mask => mask;

    /// <summary>Whether that version of the sector has the bit wrong.</summary>
    public bool IsIn(byte[]? version) => version is not null && _carriers.Contains(version);

    /// <summary>A version was made from another one.</summary>
    /// <param name="start">The first byte that was written over.</param>
    /// <param name="end">The one after the last.</param>
    public void OnMade(byte[] from, byte[] made, int start, int end)
    {
        if (IsIn(from) && (at < start || at >= end))
        {
            _carriers.Add(made);
        }
    }
}
