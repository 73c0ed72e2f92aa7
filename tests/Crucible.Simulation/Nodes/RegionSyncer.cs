using Crucible.Downstairs;
using Crucible.Storage;

namespace Crucible.Simulation;

/// <summary>
/// Syncs an open region beside everything else, as the daemon's syncer does. The sync reaches the disk when it begins or when it
/// ends: a caller may count on neither before it is told.
/// </summary>
internal sealed class RegionSyncer(DownstairsNode node, SimulationRandom random, Region region, DownstairsCore core)
{
    private bool _syncing;

    public void Request()
    {
        if (!_syncing)
        {
            _syncing = true;
            node.Process.After(random.Between(TimeSpan.Zero, TimeSpan.FromMicroseconds(50)), Begin);
        }
    }

    private void Begin()
    {
        if (!core.OnSyncStarted())
        {
            _syncing = false;
            return;
        }

        var position = region.State.Position;
        var early = random.Chance(0.5);
        var result = early ? Sync() : ErrorCode.None;
        node.Process.After(node.Speed.Sync(random), () =>
        {
            result = early ? result : Sync();
            if (result == ErrorCode.None)
            {
                node.OnSynced(position);
            }

            core.OnSynced(result);
            node.FlushTouched();
            Begin();
        });
    }

    private ErrorCode Sync() => DurabilityCheck.Honest(node, region.Sync());
}
