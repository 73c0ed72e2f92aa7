namespace Crucible.Upstairs;

/// <summary>When a write, a zeroing or a discard is acknowledged to the guest (DESIGN section 2).</summary>
public enum AckMode
{
    /// <summary>
    /// Once the upstairs owns it and two replicas are active, as a disk with a volatile cache does. Right only where the
    /// guest dies with the upstairs.
    /// </summary>
    Fast,

    /// <summary>Once two replicas hold it in their journals, not yet synced: it outlives the upstairs.</summary>
    Quorum,
}
