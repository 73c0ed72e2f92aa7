using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>Makes requests as the engine does: blocks sealed, cut into pieces of one extent each.</summary>
internal sealed class RequestFactory(World world)
{
    private ulong _nextStamp = 1;
    private int _made;

    /// <summary>Requests made so far.</summary>
    public int Count => _made;

    public SimulatedRequest Make(Guest? guest, RequestKind kind, ulong start, uint count, Action<SimulatedRequest>? then = null)
    {
        var definition = world.Plan.Geometry;
        var request = new SimulatedRequest(guest, kind, start, count)
        {
            Number = ++_made,
            Asked = world.Scheduler.Now,
            Stamps = kind == RequestKind.Write ? new ulong[count] : [],
            Data = kind == RequestKind.Read ? new byte[count * definition.BlockSizeBytes] : [],
            States = kind == RequestKind.ReadStates ? NewStates(count) : [],
            Then = then,
        };
        for (ulong done = 0; done < count;)
        {
            var block = start + done;
            var piece = (uint)Math.Min(count - done, definition.ExtentSizeBlocks - (block % definition.ExtentSizeBlocks));
            request.AddPiece(kind == RequestKind.Write
                ? MakeWrite(request, block, piece)
                : new JobPiece(new BlockIndex(block), piece, null, null));
            done += piece;
        }

        return request;
    }

    private static BlockState[] NewStates(uint count)
    {
        var states = new BlockState[count];
        Array.Fill(states, BlockState.Data);
        return states;
    }

    private JobPiece MakeWrite(SimulatedRequest request, ulong start, uint count)
    {
        var definition = world.Plan.Geometry;
        var blockSize = (int)definition.BlockSizeBytes;
        var blocks = world.Pool.Rent((int)count * blockSize);
        var contexts = world.Pool.Rent((int)count * definition.ContextSizeBytes);
        for (uint i = 0; i < count; i++)
        {
            var stamp = _nextStamp++;
            request.Stamps[start + i - request.Start] = stamp;
            BlockStamp.Write(blocks.Span.Slice((int)i * blockSize, blockSize), stamp, start + i);
        }

        BlockSeal.Seal(definition, new BlockIndex(start), blocks.Span, contexts.Span);
        return new JobPiece(new BlockIndex(start), count, blocks, contexts);
    }
}
