using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>Asks a replica for the versions of all its extents as of one point of the stream: every question at once.</summary>
internal sealed class VersionLearner(RepairScope scope)
{
    private Replica? _replica;
    private Replica? _asked;
    private uint _learnt;
    private int _unanswered;
    private int _stale;

    /// <summary>What was told; filled in place.</summary>
    public ExtentVersion[] Versions { get; private set; } = [];

    public bool IsComplete => _replica is not null && _learnt == scope.Definition.ExtentCount;

    public bool WaitsFor(ReplicaId replica) => _replica?.Id == replica && !IsComplete;

    public void Ask(Replica replica)
    {
        if (_asked != replica)
        {
            (_asked, _unanswered, _stale) = (replica, 0, 0);
        }

        _replica = replica;
        _learnt = 0;
        var count = scope.Definition.ExtentCount;
        if (Versions.Length != count)
        {
            Versions = new ExtentVersion[count];
        }

        for (var first = 0U; first < count; first += WireLimits.MaxExtentVersionsPerMessage)
        {
            _unanswered++;
            scope.Output.Send(replica.Id, new QueryExtentVersionsHeader(
                new ExtentId(first), Math.Min(count - first, WireLimits.MaxExtentVersionsPerMessage)));
        }
    }

    /// <summary>False: not what was asked for.</summary>
    public bool TryTake(Replica replica, in ExtentVersionsHeader header)
    {
        if (replica == _asked && _stale > 0)
        {
            _stale--;
            _unanswered--;
            return true;
        }

        if (replica != _replica || IsComplete || header.First.Value != _learnt || header.ExtentCount == 0
            || header.ExtentCount > scope.Definition.ExtentCount - _learnt
            || header.Versions.Length != header.ExtentCount * ExtentVersion.SizeBytes)
        {
            return false;
        }

        _unanswered--;
        for (var i = 0; i < header.ExtentCount; i++)
        {
            Versions[_learnt++] = ExtentVersion.Read(header.Versions.Span[(i * ExtentVersion.SizeBytes)..]);
        }

        return true;
    }

    /// <summary>Answers that are still under way count no more.</summary>
    public void Abandon()
    {
        _replica = null;
        _stale = _unanswered;
    }

    /// <summary>A replica's connection is gone: no answer is under way from it.</summary>
    public void OnLost(Replica replica)
    {
        if (replica == _asked)
        {
            (_asked, _replica, _unanswered, _stale) = (null, null, 0, 0);
        }
    }
}
