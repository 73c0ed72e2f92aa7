using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>One request of a guest, and what the checker notes of it.</summary>
internal sealed class SimulatedRequest : GuestRequest
{
    public SimulatedRequest(Guest? guest, RequestKind kind, ulong start, uint blocks)
    {
        Reset(kind);
        Guest = guest;
        Start = start;
        BlockCount = blocks;
    }

    /// <summary>Who asked; null for the harness itself.</summary>
    public Guest? Guest { get; }

    /// <summary>Counts the requests of a life.</summary>
    public int Number { get; init; }

    public ulong Start { get; }

    public uint BlockCount { get; }

    /// <summary>What a write puts into each of its blocks.</summary>
    public ulong[] Stamps { get; init; } = [];

    /// <summary>Where a read's blocks go.</summary>
    public byte[] Data { get; init; } = [];

    /// <summary>What a question for states was told of each block; data where it was told nothing, which promises nothing.</summary>
    public BlockState[] States { get; init; } = [];

    public Instant Asked { get; init; }

    /// <summary>For each block of a read: the change that it must see at least, −1: none of the session's.</summary>
    public int[] MustSee { get; set; } = [];

    /// <summary>The last of the session's changes that it made; −1 before.</summary>
    public int LastChange { get; set; } = -1;

    /// <summary>It has come to the core, which owns its buffers.</summary>
    public bool WasTaken { get; set; }

    public ErrorCode? Outcome { get; set; }

    /// <summary>What is to be done once it has ended, instead of going on as a guest.</summary>
    public Action<SimulatedRequest>? Then { get; init; }

    public void AddPiece(in JobPiece piece) => Add(piece);

    protected override void TakeStates(BlockIndex start, ReadOnlySpan<byte> runs)
    {
        // Pieces may be answered in any order, and each only in part: the rest of its blocks may be anything.
        var at = (int)(start.Value - Start);
        for (; !runs.IsEmpty; runs = runs[BlockStateRuns.RunSizeBytes..])
        {
            var (state, count) = BlockStateRuns.Unpack(runs);
            Array.Fill(States, state, at, (int)count);
            at += (int)count;
        }
    }

    /// <summary>Gives back what it carries, where no core ever took it.</summary>
    public void DropPieces()
    {
        foreach (var piece in Pieces)
        {
            piece.Blocks?.Dispose();
            piece.Contexts?.Dispose();
        }
    }

    public override string ToString() =>
        $"request {Number} ({(Guest is null ? "the checker" : $"guest {Guest.Number}")}): {Kind}{(BlockCount > 0 ? $" of blocks {Start}+{BlockCount}" : "")}";
}
