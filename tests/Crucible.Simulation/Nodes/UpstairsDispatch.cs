using Crucible.Protocol;

namespace Crucible.Simulation;

/// <summary>Hands a frame of a downstairs to the core, as the engine does; blocks are checked against their contexts here.</summary>
internal static class UpstairsDispatch
{
    public static void Take(UpstairsNode node, UpstairsLink link, in FrameHeader header, ReadOnlyMemory<byte> payload)
    {
        var core = node.Core;
        var now = node.World.Scheduler.Now;
        switch (header.Kind)
        {
            case MessageKind.ReadAck:
                TakeRead(node, link, header.Read<ReadAckHeader>(), payload);
                break;
            case MessageKind.JobAck:
                core.OnJobAck(link.Replica, header.Read<JobAckHeader>(), now);
                break;
            case MessageKind.YesItsMe:
                core.OnYesItsMe(link.Replica, header.Read<YesItsMeHeader>(), now);
                break;
            case MessageKind.Refused:
                core.OnRefused(link.Replica, header.Read<RefusedHeader>(), now);
                break;
            case MessageKind.YouAreNowActive:
                core.OnYouAreNowActive(link.Replica, header.Read<YouAreNowActiveHeader>(), now);
                break;
            case MessageKind.YouAreNoLongerActive:
                core.OnYouAreNoLongerActive(link.Replica, header.Read<YouAreNoLongerActiveHeader>(), now);
                break;
            case MessageKind.RegionInfo:
                core.OnRegionInfo(link.Replica, header.Read<RegionInfoHeader>(), now);
                break;
            case MessageKind.ExtentVersions:
                core.OnExtentVersions(link.Replica, header.Read<ExtentVersionsHeader>(), now);
                break;
            case MessageKind.ContextsAck:
                core.OnContexts(link.Replica, header.Read<ContextsAckHeader>(), now);
                break;
            case MessageKind.StatesAck:
                core.OnStates(link.Replica, header.Read<StatesAckHeader>(), now);
                break;
            case MessageKind.Ruok:
                link.Enqueue(node.World.Writer.Encode(new ImokHeader(header.Read<RuokHeader>().Sequence)));
                break;
            case MessageKind.Imok or MessageKind.ErrorReport or MessageKind.Goodbye:
                break;
            default:
                throw new ProtocolViolationException($"sent {header.Kind}, which no downstairs sends");
        }
    }

    private static void TakeRead(UpstairsNode node, UpstairsLink link, in ReadAckHeader ack, ReadOnlyMemory<byte> payload)
    {
        var core = node.Core;
        var now = node.World.Scheduler.Now;
        if (ack.Job.IsControl)
        {
            TakeRepair(node, link, ack, payload);
            return;
        }

        if (core.BeginDelivery(link.Replica, ack.Job, now) is not { } job)
        {
            return;
        }

        var result = ack.Result;
        if (result == ErrorCode.None && job.Request is SimulatedRequest request)
        {
            var blockSize = (int)node.World.Plan.Geometry.BlockSizeBytes;
            var target = request.Data.AsSpan((int)(job.Start.Value - request.Start) * blockSize, (int)job.BlockCount * blockSize);
            if (!BlockSeal.Open(node.World.Plan.Geometry, job.Start, job.BlockCount, ack.Contexts.Span, payload.Span, target))
            {
                result = ErrorCode.IntegrityError;
            }
        }

        if (result != ErrorCode.None)
        {
            node.World.Coverage.Count(Outcome.ReadsRefusedOrUnproved);
            if (node.World.Story.IsOn)
            {
                node.World.Story.Tell(node.Name, $"read {ack.Job} of blocks {job.Start}+{job.BlockCount} from replica {link.Replica}: {result}");
            }
        }

        core.EndDelivery(link.Replica, job, result, now);
    }

    private static void TakeRepair(UpstairsNode node, UpstairsLink link, in ReadAckHeader ack, ReadOnlyMemory<byte> payload)
    {
        if (node.Core.RepairRead(link.Replica, ack.Job) is not { } range)
        {
            return;
        }

        BlockBuffer? blocks = null;
        if (payload.Length > 0)
        {
            blocks = node.World.Pool.Rent(payload.Length);
            payload.CopyTo(blocks.Memory);
        }

        var proved = BlockSeal.Open(node.World.Plan.Geometry, range.Start, range.BlockCount, ack.Contexts.Span, payload.Span, default);
        var result = ack.Result == ErrorCode.None && !proved ? ErrorCode.IntegrityError : ack.Result;
        node.Core.OnRepairBlocks(link.Replica, ack.Job, result, ack.Contexts, blocks, node.World.Scheduler.Now);
    }
}
