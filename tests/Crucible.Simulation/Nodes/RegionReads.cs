using Crucible.Protocol;
using Crucible.Storage;

namespace Crucible.Simulation;

/// <summary>Reads blocks and contexts of an open region and answers, as the daemon's workers do.</summary>
internal sealed class RegionReads(DownstairsNode node, Region region)
{
    private const int ProveBytes = 16 << 10;
    private const int MostRuns = 4;

    private readonly byte[] _contexts = new byte[node.World.Plan.Geometry.ExtentSizeBlocks * BlockContext.EncryptedSizeBytes];
    private readonly byte[] _data = new byte[node.World.Plan.Geometry.ExtentSizeBytes];

    public void Read(DownstairsPeer to, ReadHeader wanted)
    {
        var contexts = ContextsOf(wanted.BlockCount);
        var error = region.Read(wanted.Start, wanted.BlockCount, contexts.Span, _data, out var length);
        var keeps = error is ErrorCode.None or ErrorCode.IntegrityError;
        Answer(to, new ReadAckHeader(wanted.Job, error, keeps ? contexts : default), keeps ? _data.AsSpan(0, length) : default);
    }

    // Room for a few runs only, so that answers are cut short.
    public void ReadStates(DownstairsPeer to, ReadStatesHeader wanted)
    {
        var packed = new byte[MostRuns * BlockStateRuns.RunSizeBytes];
        var runs = new BlockStateRuns(packed);
        var error = region.ReadStates(wanted.Start, wanted.BlockCount, ContextsOf(2).Span, ref runs);
        Answer(to, new StatesAckHeader(wanted.Job, error, error == ErrorCode.None ? packed.AsMemory(0, runs.LengthBytes) : default), default);
    }

    public void ReadContexts(DownstairsPeer to, ReadContextsHeader wanted)
    {
        var contexts = ContextsOf(wanted.BlockCount);
        var error = region.ReadContexts(wanted.Start, wanted.BlockCount, contexts.Span, wanted.Verify ? new byte[ProveBytes] : default(Span<byte>));
        Answer(to, new ContextsAckHeader(wanted.Job, error, error == ErrorCode.None ? contexts : default), default);
    }

    private Memory<byte> ContextsOf(uint blocks) => _contexts.AsMemory(0, (int)blocks * region.Definition.ContextSizeBytes);

    private void Answer<T>(DownstairsPeer to, in T header, ReadOnlySpan<byte> payload)
        where T : struct, IWireHeader<T>
    {
        if (!to.IsGone)
        {
            node.Answer(to, node.World.Writer.Encode(header, payload));
            node.FlushTouched();
        }
    }
}
