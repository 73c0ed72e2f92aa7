namespace Crucible.Upstairs.Tests;

/// <summary>A guest's request that remembers how it ended and what it read.</summary>
internal sealed class TestRequest : GuestRequest
{
    /// <summary>How it ended; null while it waits.</summary>
    public ErrorCode? Outcome { get; set; }

    /// <summary>What was read: by block, the job that wrote it last; blocks never written are absent.</summary>
    public Dictionary<ulong, ulong> Read { get; } = [];

    /// <summary>For reads: by block, the latest job acknowledged when this was submitted.</summary>
    public Dictionary<ulong, ulong> AtLeast { get; } = [];

    /// <summary>What it was told of blocks' states.</summary>
    public Dictionary<ulong, BlockState> States { get; } = [];

    public static TestRequest Of(RequestKind kind, BlockBufferPool pool, params (ulong Start, uint Count)[] pieces)
    {
        var request = new TestRequest();
        request.Begin(kind, pool, pieces);
        return request;
    }

    /// <summary>Makes the object serve another request.</summary>
    public void Begin(RequestKind kind, BlockBufferPool pool, params ReadOnlySpan<(ulong Start, uint Count)> pieces)
    {
        Reset(kind);
        Outcome = null;
        foreach (var (start, count) in pieces)
        {
            var isWrite = kind == RequestKind.Write;
            Add(new JobPiece(
                new BlockIndex(start),
                count,
                isWrite ? pool.Rent((int)count * 512) : null,
                isWrite ? pool.Rent((int)count * BlockContext.PlainSizeBytes) : null));
        }
    }

    protected internal override void TakeStates(BlockIndex start, ReadOnlySpan<byte> runs)
    {
        Assert.Null(Outcome);
        for (var block = start.Value; !runs.IsEmpty; runs = runs[BlockStateRuns.RunSizeBytes..])
        {
            for (var (state, count) = BlockStateRuns.Unpack(runs); count > 0; count--)
            {
                States[block++] = state;
            }
        }
    }
}
