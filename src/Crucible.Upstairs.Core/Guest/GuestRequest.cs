using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>What a guest may ask for.</summary>
public enum RequestKind : byte
{
    Read,
    Write,
    WriteZeroes,
    Discard,
    Flush,

    /// <summary>In which states blocks are; brings no data.</summary>
    ReadStates,
}

/// <summary>What is true of kinds of requests.</summary>
public static class RequestKinds
{
    /// <summary>Whether it is done by one replica and changes nothing; others go to all of them, in order.</summary>
    public static bool IsRead(this RequestKind kind) => kind is RequestKind.Read or RequestKind.ReadStates;
}

/// <summary>
/// One request of the guest, cut into pieces of one job each. The engine fills it in and submits it; from then until
/// <see cref="IUpstairsOutput.Complete"/> it belongs to the core. Reused, so that a request costs no allocation.
/// </summary>
public abstract class GuestRequest
{
    private JobPiece[] _pieces = new JobPiece[4];

    /// <summary>Which request; set by the core when it is submitted.</summary>
    public GuestRequestId Id { get; internal set; }

    public RequestKind Kind { get; private set; }

    /// <summary>The guest's span, or none.</summary>
    public TraceContext Trace { get; set; }

    /// <summary>The pieces, in ascending order of their blocks; none for a flush.</summary>
    public ReadOnlySpan<JobPiece> Pieces => _pieces.AsSpan(0, PieceCount);

    /// <summary>The first job made for this request; its jobs have consecutive ids.</summary>
    public JobId FirstJob { get; internal set; }

    /// <summary>How many jobs were made for it.</summary>
    public int JobCount { get; internal set; }

    internal int PieceCount { get; private set; }

    internal int JobsLeft { get; set; }

    internal ErrorCode Result { get; set; }

    internal bool Completed { get; set; }

    internal Instant SubmittedAt { get; set; }

    /// <summary>
    /// The states of one piece's blocks have arrived, all of them or the first ones; called for
    /// <see cref="RequestKind.ReadStates"/> alone, before the request is completed.
    /// </summary>
    /// <param name="start">The piece's first block.</param>
    /// <param name="runs">Packed as <see cref="BlockStateRuns"/> says, at least one, within the piece; borrowed.</param>
    protected internal abstract void TakeStates(BlockIndex start, ReadOnlySpan<byte> runs);

    /// <summary>Makes the object ready for another request.</summary>
    protected void Reset(RequestKind kind)
    {
        Kind = kind;
        PieceCount = 0;
        Trace = default;
        FirstJob = default;
        JobCount = 0;
    }

    /// <summary>Adds a piece; the request takes over its buffers.</summary>
    protected void Add(JobPiece piece)
    {
        if (PieceCount == _pieces.Length)
        {
            Array.Resize(ref _pieces, _pieces.Length * 2);
        }

        _pieces[PieceCount++] = piece;
    }

    internal void DropBuffers()
    {
        foreach (ref var piece in _pieces.AsSpan(0, PieceCount))
        {
            piece.Blocks?.Dispose();
            piece.Contexts?.Dispose();
            piece = piece with { Blocks = null, Contexts = null };
        }
    }

    /// <summary>The jobs own the buffers from here.</summary>
    internal void ForgetBuffers()
    {
        foreach (ref var piece in _pieces.AsSpan(0, PieceCount))
        {
            piece = piece with { Blocks = null, Contexts = null };
        }
    }
}

/// <summary>The part of a request that one job does: blocks of one extent, at most a full payload.</summary>
/// <param name="Start">First block.</param>
/// <param name="BlockCount">How many.</param>
/// <param name="Blocks">What to write, owned; null unless a write.</param>
/// <param name="Contexts">A context a block, owned; null unless a write.</param>
public readonly record struct JobPiece(BlockIndex Start, uint BlockCount, BlockBuffer? Blocks, BlockBuffer? Contexts);
