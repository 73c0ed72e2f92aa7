namespace Crucible.Simulation;

/// <summary>
/// What one who opened the volume read only may see while others write: blocks of different moments, but each whole, and none older
/// than what a flush had made durable when it was opened.
/// </summary>
internal sealed class ReaderCheck
{
    private readonly IReadOnlyList<SessionLog> _sessions;
    private readonly SessionLog? _last;
    private readonly VolumeStates[] _base = [];
    private readonly int _flushed = -1;

    /// <param name="sessions">Those that served so far, and those that will.</param>
    public ReaderCheck(IReadOnlyList<SessionLog> sessions)
    {
        _sessions = sessions;
        foreach (var session in sessions)
        {
            _last = _last is null || session.Generation > _last.Generation ? session : _last;
        }

        if (_last is not null)
        {
            _base = [.. _last.Base];
            _flushed = _last.LastFlushed;
        }
    }

    /// <summary>A read ended well.</summary>
    public void Check(RegionDefinition definition, SimulatedRequest read)
    {
        var blockSize = (int)definition.BlockSizeBytes;
        for (uint i = 0; i < read.BlockCount; i++)
        {
            var block = read.Start + i;
            var stamp = BlockStamp.Read(read.Data.AsSpan((int)i * blockSize, blockSize), block);
            if (stamp == BlockStamp.Garbage)
            {
                throw new ViolationException("I2", $"{read}, read only, got bytes for block {block} that nobody wrote there");
            }

            if (!MayBe(block, stamp))
            {
                throw new ViolationException("I3", $"{read}, read only, got {stamp} for block {block}: older than change {_flushed} "
                    + $"of session {_last?.Number}, which was flushed before it was opened");
            }
        }
    }

    private bool MayBe(ulong block, ulong stamp)
    {
        var least = LastFlushedOf(block);
        return (least < 0 && (_last is null ? stamp == 0 : Array.Exists(_base, state => state.Stamps[block] == stamp)))
            || _sessions.Any(session => IsOf(session, block, stamp, session == _last ? least : 0));
    }

    private bool IsOf(SessionLog session, ulong block, ulong stamp, int least) =>
        (_last is null || session.Generation >= _last.Generation)
        && session.VersionsOf(block).Any(version => version.Stamp == stamp && version.Change >= least);

    private int LastFlushedOf(ulong block)
    {
        var last = -1;
        foreach (var version in _last?.VersionsOf(block) ?? [])
        {
            last = version.Change <= _flushed ? version.Change : last;
        }

        return last;
    }
}
