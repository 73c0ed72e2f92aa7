using Crucible.Protocol;
using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>What the core wants done, noted: frames go into the links' queues, completed requests into a list.</summary>
internal sealed class UpstairsOutput(UpstairsNode node) : IUpstairsOutput
{
    private readonly Queue<(SimulatedRequest Request, ErrorCode Result)> _completed = new();

    /// <summary>The process is gone: nothing of what its core still says is done.</summary>
    public bool IsMuted { get; set; }

    public void TellCompleted()
    {
        while (_completed.TryDequeue(out var one))
        {
            node.World.OnCompleted(node, one.Request, one.Result);
        }
    }

    public void Connect(ReplicaId replica, TimeSpan delay)
    {
        if (!IsMuted)
        {
            node.Links[replica.Value].ConnectAfter(delay);
        }
    }

    public void Disconnect(ReplicaId replica, string reason) => node.Links[replica.Value].Drop(reason);

    public void Send<T>(ReplicaId to, in T header)
        where T : struct, IWireHeader<T>
    {
        if (!IsMuted && node.Links[to.Value].Connection is not null)
        {
            node.Links[to.Value].Enqueue(node.World.Writer.Encode(header));
        }
    }

    public void SendWrite(ReplicaId to, in WriteHeader header, BlockBuffer blocks)
    {
        if (!IsMuted && node.Links[to.Value].Connection is not null)
        {
            node.Links[to.Value].Enqueue(node.World.Writer.Encode(header, blocks.Span));
        }
    }

    public void SendWriteZeroes(ReplicaId to, in WriteZeroesHeader header) => Send(to, header);

    public void SendDiscard(ReplicaId to, in DiscardHeader header) => Send(to, header);

    public void SendRead(ReplicaId to, in ReadHeader header) => Send(to, header);

    public void SendReadStates(ReplicaId to, in ReadStatesHeader header) => Send(to, header);

    public void SendFlush(ReplicaId to, in FlushHeader header) => Send(to, header);

    public void SendRepairWrite(ReplicaId to, in RepairWriteHeader header, BlockBuffer? blocks)
    {
        if (!IsMuted && node.Links[to.Value].Connection is not null)
        {
            node.Links[to.Value].Enqueue(node.World.Writer.Encode(header, blocks is null ? default : blocks.Span));
        }

        blocks?.Dispose();
    }

    public void Complete(GuestRequest request, ErrorCode result)
    {
        if (!IsMuted)
        {
            _completed.Enqueue(((SimulatedRequest)request, result));
        }
    }

    public void JobIssued(Job job)
    {
        if (!IsMuted)
        {
            node.World.Story.Mark(TraceMark.Job, job.Id.Value, job.Start.Value);
            node.Log.OnJobIssued(job);
        }
    }

    public void JobRetired(JobId job, GuestRequestId request)
    {
    }

    public void ReplicaChanged(ReplicaId replica, ReplicaState from, ReplicaState to, string cause)
    {
        if (!IsMuted)
        {
            node.World.OnReplicaChanged(node, replica, from, to, cause);
        }
    }

    public void VolumeChanged(VolumeState state, VolumeFailure failure, string cause)
    {
        if (!IsMuted)
        {
            node.World.OnVolumeChanged(node, state, failure, cause);
        }
    }
}
