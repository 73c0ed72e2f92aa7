using Crucible.Integration.Tests.Faults.Load;

namespace Crucible.Integration.Tests.Faults.Crashes;

/// <summary>Which states of a volume a crashed run may have left (I1, I3): those right after some one change, none too early.</summary>
/// <param name="before">What each block held when the run began.</param>
/// <param name="run">Which run.</param>
internal sealed class CrashHistory(BlockStamp[] before, uint run)
{
    // The guest's requests under way, and as many again to see that nothing beyond them is there.
    private const ulong Beyond = 4 * OrderedGuest.Depth;

    private readonly OrderedPlan _plan = new(run, before.Length);

    /// <summary>After which change the volume stands. Fails where it is none, or one before <paramref name="floor"/>.</summary>
    public ulong Find(BlockStamp[] found, ulong floor)
    {
        var last = Math.Max(floor, found.Where(s => s.Run == run).Select(s => s.Version).DefaultIfEmpty().Max()) + Beyond;
        var state = (BlockStamp[])before.Clone();
        var wrong = 0;
        for (var i = 0; i < state.Length; i++)
        {
            wrong += state[i] == found[i] ? 0 : 1;
        }

        var fewest = (Wrong: int.MaxValue, After: 0UL);
        for (ulong number = 0; ; number++)
        {
            if (wrong == 0 && number >= floor)
            {
                return number;
            }

            if (wrong < fewest.Wrong && number >= floor)
            {
                fewest = (wrong, number);
            }

            if (number == last)
            {
                break;
            }

            var (block, kind) = _plan[number + 1];
            var next = kind == ChangeKind.Write ? new BlockStamp(run, number + 1) : BlockStamp.Empty;
            wrong += (next == found[block] ? 0 : 1) - (state[block] == found[block] ? 0 : 1);
            state[block] = next;
        }

        Assert.Fail(
            $"run {run}: what was left is not the volume right after any one change from {floor} on; "
            + $"after change {fewest.After} {fewest.Wrong} blocks differ");
        return 0;
    }
}
