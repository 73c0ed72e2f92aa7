using System.Buffers;
using Crucible.Upstairs;

namespace Crucible.Nbd;

/// <summary>What a BLOCK_STATUS is answered with. Its runs are large and seldom wanted, so it is not kept for reuse.</summary>
internal sealed class StatusReply
{
    private const int RepairingShift = 8;

    private readonly DescriptorList _descriptors = new();
    private readonly BlockRuns _runs = new();
    private ulong _length;
    private uint _contexts;
    private bool _requestOne;
    private uint _replicas;

    /// <summary>Most bytes that such an answer takes.</summary>
    public static long MaxBytes(long length, int blockSizeBytes, int contextCount) =>
        Math.Min((length / blockSizeBytes) + 2, NbdLimits.MaxDescriptors) * 16 * contextCount;

    /// <summary>Asks the volume.</summary>
    public ValueTask FetchAsync(Volume volume, long offset, long length, uint contexts, bool requestOne)
    {
        (_length, _contexts, _requestOne) = ((ulong)length, contexts, requestOne);
        _replicas = IsWanted(NbdContext.Replicas) ? BitsOf(volume.GetStatus()) : 0;
        return IsWanted(NbdContext.Allocation) ? volume.GetBlockStatusAsync(offset, length, _runs) : default;
    }

    /// <summary>Writes a chunk for each context that is wanted.</summary>
    public void Write(in ReplyEncoder encoder, IBufferWriter<byte> output, in NbdRequest request)
    {
        if (IsWanted(NbdContext.Allocation))
        {
            _descriptors.Begin(_length, _requestOne);
            foreach (var run in _runs)
            {
                _descriptors.Add((ulong)run.LengthBytes, (uint)StateOf(run.Allocation));
            }

            encoder.WriteStatus(output, request, NbdContext.Allocation, _descriptors.Span, isLast: !IsWanted(NbdContext.Replicas));
        }

        if (IsWanted(NbdContext.Replicas))
        {
            _descriptors.Begin(_length, _requestOne);
            _descriptors.Add(_length, _replicas);
            encoder.WriteStatus(output, request, NbdContext.Replicas, _descriptors.Span, isLast: true);
        }
    }

    private static NbdBlockState StateOf(BlockAllocation allocation) => allocation switch
    {
        BlockAllocation.NeverWritten => NbdBlockState.Hole | NbdBlockState.Zero,
        BlockAllocation.Zeroes => NbdBlockState.Zero,
        _ => NbdBlockState.Data,
    };

    // See NbdContext.Replicas.
    private static uint BitsOf(VolumeStatus status)
    {
        uint bits = 0;
        foreach (var replica in status.Replicas)
        {
            bits |= replica.State switch
            {
                ReplicaState.Active => 1u << replica.Id.Value,
                ReplicaState.Repairing => 1u << (replica.Id.Value + RepairingShift),
                _ => 0,
            };
        }

        return bits;
    }

    private bool IsWanted(NbdContext context) => (_contexts & (1u << (int)context)) != 0;
}
