using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// What an <see cref="UpstairsCore"/> wants done. Called from within the core's methods: an implementation notes it and
/// returns, and calls nothing back.
/// </summary>
public interface IUpstairsOutput
{
    /// <summary>Connect to a replica after a while, then call OnConnected or OnDisconnected.</summary>
    void Connect(ReplicaId replica, TimeSpan delay);

    /// <summary>Close the connection of a replica; nothing that it still says is handed in.</summary>
    void Disconnect(ReplicaId replica, string reason);

    /// <summary>Send a message of greeting, promotion, learning, repair or life.</summary>
    void Send<T>(ReplicaId to, in T header)
        where T : struct, IWireHeader<T>;

    /// <summary>Send a write; <paramref name="blocks"/> is borrowed: an implementation that keeps it shares it.</summary>
    void SendWrite(ReplicaId to, in WriteHeader header, BlockBuffer blocks);

    /// <summary>Send a zeroing.</summary>
    void SendWriteZeroes(ReplicaId to, in WriteZeroesHeader header);

    /// <summary>Send a discard.</summary>
    void SendDiscard(ReplicaId to, in DiscardHeader header);

    /// <summary>Send a read.</summary>
    void SendRead(ReplicaId to, in ReadHeader header);

    /// <summary>Send a question for the states of blocks.</summary>
    void SendReadStates(ReplicaId to, in ReadStatesHeader header);

    /// <summary>Send a flush.</summary>
    void SendFlush(ReplicaId to, in FlushHeader header);

    /// <summary>Send repaired blocks; <paramref name="blocks"/>, where there are any, is given away.</summary>
    void SendRepairWrite(ReplicaId to, in RepairWriteHeader header, BlockBuffer? blocks);

    /// <summary>A guest's request is done; it is the engine's again.</summary>
    void Complete(GuestRequest request, ErrorCode result);

    /// <summary>A job was made, for whoever watches jobs.</summary>
    void JobIssued(Job job);

    /// <summary>A job was dropped, for whoever watches jobs.</summary>
    void JobRetired(JobId job, GuestRequestId request);

    /// <summary>A replica changed its state.</summary>
    void ReplicaChanged(ReplicaId replica, ReplicaState from, ReplicaState to, string cause);

    /// <summary>The volume changed its state; <paramref name="cause"/> says why where it is not the way to active.</summary>
    void VolumeChanged(VolumeState state, VolumeFailure failure, string cause);
}

/// <summary>
/// How far the volume is. Activating → Active; from both to Failed, Superseded or Closed, which are final.
/// </summary>
public enum VolumeState : byte
{
    /// <summary>Looking for two replicas, promoting them, making them alike.</summary>
    Activating,

    /// <summary>Serving the guest.</summary>
    Active,

    /// <summary>Activation is impossible; the cause says why.</summary>
    Failed,

    /// <summary>A later activation took over.</summary>
    Superseded,

    /// <summary>Closed by the guest.</summary>
    Closed,
}

/// <summary>Why a volume failed.</summary>
public enum VolumeFailure : byte
{
    None,

    /// <summary>Fewer than two replicas answered in time.</summary>
    Unavailable,

    /// <summary>The targets' geometries, volumes or identities don't fit together.</summary>
    Mismatch,

    /// <summary>Version, encryption or read-only of both sides don't fit.</summary>
    Incompatible,

    /// <summary>The generation asked for was refused, or a higher one took over.</summary>
    Generation,
}
