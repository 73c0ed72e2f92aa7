using Crucible.Downstairs;
using Crucible.Protocol;

namespace Crucible.Simulation;

/// <summary>The daemon's end of one connection.</summary>
internal sealed class DownstairsPeer(DownstairsNode node, SimulatedConnection connection) : IConnectionEnd
{
    private readonly List<byte[]> _outbox = [];
    private string? _ending;

    public SimulatedProcess Process => node.Process;

    public SimulatedConnection Connection => connection;

    public FrameReader Frames { get; } = new();

    public Peer Peer { get; set; } = null!;

    /// <summary>What the core asked for with the last frame.</summary>
    public Deferred Deferred;

    /// <summary>It has gone.</summary>
    public bool IsGone { get; set; }

    public void OnBytes(byte[] bytes) => node.OnBytes(this, bytes);

    public void OnEnded(string reason) => node.OnEnded(this);

    public void Enqueue(byte[] frame) => _outbox.Add(frame);

    /// <summary>Decides that the connection ends once all that waits was sent.</summary>
    public void End(string reason) => _ending ??= reason;

    /// <summary>Sends what waits and, where its end is decided, ends the connection.</summary>
    public void Flush()
    {
        foreach (var frame in _outbox)
        {
            connection.Send(towardsReplica: false, frame);
        }

        _outbox.Clear();
        if (_ending is not null && !IsGone)
        {
            connection.Close(byReplica: true, _ending);
            node.OnEnded(this);
        }
    }
}

/// <summary>What one frame leaves to do after the core has returned.</summary>
internal enum DeferredKind
{
    Nothing,
    Read,
    ReadStates,
    ReadContexts,
    Promote,
    Note,
}

/// <summary>The action and what it needs; only the fields of its kind mean anything.</summary>
internal struct Deferred
{
    public DeferredKind Kind;
    public ReadHeader Read;
    public ReadStatesHeader ReadStates;
    public ReadContextsHeader ReadContexts;
    public PromoteToActiveHeader Promotion;
    public RegionNoteRequest Note;
}
