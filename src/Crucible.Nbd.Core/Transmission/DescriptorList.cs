using System.Runtime.InteropServices;

namespace Crucible.Nbd;

/// <summary>
/// Collects the descriptors of one context for one reply: neighbours of one status become one, what does not fit is left
/// out, and nothing goes beyond what was asked. Reusable.
/// </summary>
public sealed class DescriptorList
{
    private readonly List<BlockDescriptor> _descriptors = [];
    private ulong _left;
    private int _most;

    /// <summary>What was collected; valid until the next change.</summary>
    public ReadOnlySpan<BlockDescriptor> Span => CollectionsMarshal.AsSpan(_descriptors);

    /// <summary>Nothing more is taken: the range is covered, or there are as many as may be.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Begins anew.</summary>
    /// <param name="length">Bytes asked for, not 0; below 2^32 unless extended headers are in use.</param>
    /// <param name="requestOne">Whether the client wants one descriptor only.</param>
    public void Begin(ulong length, bool requestOne)
    {
        _descriptors.Clear();
        _left = length;
        _most = requestOne ? 1 : NbdLimits.MaxDescriptors;
        IsFull = false;
    }

    /// <summary>Adds a stretch behind the last one; not 0 bytes.</summary>
    public void Add(ulong length, uint status)
    {
        if (IsFull)
        {
            return;
        }

        length = Math.Min(length, _left);
        if (_descriptors.Count > 0 && _descriptors[^1].Status == status)
        {
            _descriptors[^1] = new BlockDescriptor(_descriptors[^1].Length + length, status);
        }
        else if (_descriptors.Count == _most)
        {
            IsFull = true;
            return;
        }
        else
        {
            _descriptors.Add(new BlockDescriptor(length, status));
        }

        _left -= length;
        IsFull = _left == 0;
    }
}
