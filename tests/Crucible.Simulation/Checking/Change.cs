using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>One job of a session that changes or flushes the volume, in the order of jobs.</summary>
/// <param name="Job">Which.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Start">First block.</param>
/// <param name="BlockCount">How many.</param>
/// <param name="Stamps">What its blocks become; empty: zeroes.</param>
/// <param name="Request">Who asked, in words; empty where the upstairs flushed by itself.</param>
internal readonly record struct Change(JobId Job, RequestKind Kind, ulong Start, uint BlockCount, ArraySegment<ulong> Stamps, SimulatedRequest? Request)
{
    /// <summary>What a block of its range becomes.</summary>
    public ulong StampOf(ulong block) => Stamps.Count == 0 ? 0 : Stamps[(int)(block - Start)];
}

/// <summary>What a block became, and by which change of the session.</summary>
internal readonly record struct BlockVersion(int Change, ulong Stamp);

/// <summary>One state that the volume may have been in when a session began.</summary>
/// <param name="Stamps">A stamp a block.</param>
/// <param name="Changes">How many changes of the session before it holds, at most.</param>
internal sealed record VolumeStates(ulong[] Stamps, int Changes);
