using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// The end of a live repair: once the blocks are alike, both replicas are asked for the versions of all extents as of one flush,
/// and the source's are given to the target. Extents that the guest writes from there on get the same version from a later flush
/// on both, and are left alone.
/// </summary>
internal sealed class VersionMatch
{
    private readonly RepairScope _scope;
    private readonly VersionCopy _copy;
    private readonly VersionLearner _source;
    private readonly VersionLearner _target;
    private bool[] _touchedExtents = [];

    public VersionMatch(RepairScope scope)
    {
        _scope = scope;
        _copy = new VersionCopy(scope);
        _source = new VersionLearner(scope);
        _target = new VersionLearner(scope);
    }

    /// <summary>Asks both. A flush was sent right before, so that nothing is dirty.</summary>
    public void Begin(Replica source, Replica target)
    {
        if (_touchedExtents.Length == 0)
        {
            _touchedExtents = new bool[_scope.Definition.ExtentCount];
        }

        Array.Clear(_touchedExtents);
        _source.Ask(source);
        _target.Ask(target);
        _copy.Begin(target, _source.Versions, _target.Versions, extent => _touchedExtents[extent]);
    }

    /// <summary>The guest changes blocks of the extent that this one is in.</summary>
    public void Touch(BlockIndex block) => _touchedExtents[_scope.Definition.ExtentOf(block).Value] = true;

    public bool WaitsFor(ReplicaId replica) =>
        _copy.WaitsFor(replica) || _source.WaitsFor(replica) || _target.WaitsFor(replica);

    /// <summary>A replica's connection is gone: no answer is under way from it.</summary>
    public void OnLost(Replica replica)
    {
        _source.OnLost(replica);
        _target.OnLost(replica);
    }

    /// <summary>Versions of extents arrived. False: not asked for.</summary>
    public bool TryTake(Replica replica, in ExtentVersionsHeader header) =>
        _source.TryTake(replica, header) || _target.TryTake(replica, header);

    /// <summary>A version was set. False: not one of its jobs.</summary>
    public bool TryAcknowledge(ReplicaId replica, JobId job) => _copy.TryAcknowledge(replica, job);

    /// <summary>Goes on as far as it can; true once all versions are alike.</summary>
    public bool Advance() => _source.IsComplete && _target.IsComplete && _copy.Advance();

    /// <summary>Answers that are still under way count no more.</summary>
    public void Abandon()
    {
        _copy.Abandon();
        _source.Abandon();
        _target.Abandon();
    }
}
