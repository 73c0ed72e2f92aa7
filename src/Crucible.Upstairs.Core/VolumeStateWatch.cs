using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>Passes everything on, and lets the core see changes of the volume's state first, whichever part made them.</summary>
internal sealed class VolumeStateWatch(IUpstairsOutput output, Action<VolumeState, string> onVolumeChanged) : IUpstairsOutput
{
    public void Connect(ReplicaId replica, TimeSpan delay) => output.Connect(replica, delay);

    public void Disconnect(ReplicaId replica, string reason) => output.Disconnect(replica, reason);

    public void Send<T>(ReplicaId to, in T header)
        where T : struct, IWireHeader<T> => output.Send(to, header);

    public void SendWrite(ReplicaId to, in WriteHeader header, BlockBuffer blocks) => output.SendWrite(to, header, blocks);

    public void SendWriteZeroes(ReplicaId to, in WriteZeroesHeader header) => output.SendWriteZeroes(to, header);

    public void SendDiscard(ReplicaId to, in DiscardHeader header) => output.SendDiscard(to, header);

    public void SendRead(ReplicaId to, in ReadHeader header) => output.SendRead(to, header);

    public void SendReadStates(ReplicaId to, in ReadStatesHeader header) => output.SendReadStates(to, header);

    public void SendFlush(ReplicaId to, in FlushHeader header) => output.SendFlush(to, header);

    public void SendRepairWrite(ReplicaId to, in RepairWriteHeader header, BlockBuffer? blocks) =>
        output.SendRepairWrite(to, header, blocks);

    public void Complete(GuestRequest request, ErrorCode result) => output.Complete(request, result);

    public void JobIssued(Job job) => output.JobIssued(job);

    public void JobRetired(JobId job, GuestRequestId request) => output.JobRetired(job, request);

    public void ReplicaChanged(ReplicaId replica, ReplicaState from, ReplicaState to, string cause) =>
        output.ReplicaChanged(replica, from, to, cause);

    public void VolumeChanged(VolumeState state, VolumeFailure failure, string cause)
    {
        onVolumeChanged(state, cause);
        output.VolumeChanged(state, failure, cause);
    }
}
