using Crucible.Net;
using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// Hands what a replica sends to the core, a batch of received frames at a time. Data of reads is checked, and put where the guest
/// wants it, outside the lock.
/// </summary>
internal sealed class ReplicaReceiver(
    UpstairsEngine engine, Lock gate, UpstairsCore core, EngineOutput output, BlockBufferPool pool)
{
    private BlockSealer? _prover;

    private BlockSealer Prover => _prover ??= new BlockSealer(engine.Definition, null);

    /// <summary>Receives until the connection ends, or the core gives it up; tells why.</summary>
    public string Receive(ReplicaLink link, FrameConnection connection)
    {
        try
        {
            while (connection.Receive())
            {
                if (!DispatchBatch(link, connection))
                {
                    return "not wanted any more";
                }
            }

            return "connection lost";
        }
        catch (ProtocolViolationException e)
        {
            return $"broke the protocol: {e.Message}";
        }
    }

    private bool DispatchBatch(ReplicaLink link, FrameConnection connection)
    {
        engine.BeginBatch();
        try
        {
            return Dispatch(link, connection);
        }
        finally
        {
            engine.EndBatch();
        }
    }

    // All frames that have arrived. False: the core has given the connection up.
    private bool Dispatch(ReplicaLink link, FrameConnection connection)
    {
        var now = UpstairsEngine.Now();
        lock (gate)
        {
            if (link.Connection != connection)
            {
                return false;
            }

            // Bytes alone are no sign of life: behind a damaged length they would be swallowed for ever.
            if (connection.IsInPayload)
            {
                core.OnHeard(link.Id, now);
            }
        }

        var heard = false;
        while (connection.TryTake(out var frame))
        {
            if (!heard)
            {
                heard = true;
                lock (gate)
                {
                    core.OnHeard(link.Id, now);
                }
            }

            if (frame.Header.Kind == MessageKind.ReadAck)
            {
                DeliverRead(link, connection, frame, now);
                continue;
            }

            lock (gate)
            {
                if (link.Connection != connection)
                {
                    return false;
                }

                DispatchControl(link, connection, frame.Header, now);
            }
        }

        return true;
    }

    private void DispatchControl(ReplicaLink link, FrameConnection connection, in FrameHeader header, Instant now)
    {
        switch (header.Kind)
        {
            case MessageKind.JobAck:
                var ack = header.Read<JobAckHeader>();
                output.Spans?.OnAnswer(link.Id, ack.Job, ack.Result);
                core.OnJobAck(link.Id, ack, now);
                break;
            case MessageKind.YesItsMe:
                core.OnYesItsMe(link.Id, header.Read<YesItsMeHeader>(), now);
                break;
            case MessageKind.Refused:
                core.OnRefused(link.Id, header.Read<RefusedHeader>(), now);
                break;
            case MessageKind.YouAreNowActive:
                core.OnYouAreNowActive(link.Id, header.Read<YouAreNowActiveHeader>(), now);
                break;
            case MessageKind.YouAreNoLongerActive:
                core.OnYouAreNoLongerActive(link.Id, header.Read<YouAreNoLongerActiveHeader>(), now);
                break;
            case MessageKind.RegionInfo:
                core.OnRegionInfo(link.Id, header.Read<RegionInfoHeader>(), now);
                break;
            case MessageKind.ExtentVersions:
                core.OnExtentVersions(link.Id, header.Read<ExtentVersionsHeader>(), now);
                break;
            case MessageKind.ContextsAck:
                core.OnContexts(link.Id, header.Read<ContextsAckHeader>(), now);
                break;
            case MessageKind.StatesAck:
                var states = header.Read<StatesAckHeader>();
                output.Spans?.OnAnswer(link.Id, states.Job, states.Result);
                core.OnStates(link.Id, states, now);
                break;
            case MessageKind.Ruok:
                connection.Enqueue(new ImokHeader(header.Read<RuokHeader>().Sequence));
                output.MarkUnsent(link.Id);
                break;
            case MessageKind.Imok:
                break;
            case MessageKind.ErrorReport:
                var report = header.Read<ErrorReportHeader>();
                output.Log.ErrorReported(link.Target, link.Id, report.Code, report.Text);
                break;
            case MessageKind.Goodbye:
                output.Log.Goodbye(link.Target, link.Id, header.Read<GoodbyeHeader>().Text);
                break;
            default:
                throw new ProtocolViolationException($"sent {header.Kind}, which no downstairs sends");
        }
    }

    private void DeliverRead(ReplicaLink link, FrameConnection connection, in ReceivedFrame frame, Instant now)
    {
        var ack = frame.Header.Read<ReadAckHeader>();
        if (ack.Job.IsControl)
        {
            DeliverRepair(link, connection, ack, frame.Payload, now);
            return;
        }

        Job? job;
        VolumeRequest? request = null;
        lock (gate)
        {
            job = link.Connection == connection ? core.BeginDelivery(link.Id, ack.Job, now) : null;
            output.Spans?.OnAnswer(link.Id, ack.Job, ack.Result);
            if (job?.Request is VolumeRequest waiting && !waiting.Abandoned)
            {
                request = waiting;
                request.Deliveries++;
            }
        }

        if (job is null)
        {
            return;
        }

        var result = ack.Result;
        if (result == ErrorCode.None && request is not null && !OpenInto(request, job, ack.Contexts.Span, frame.Payload.Span))
        {
            result = ErrorCode.IntegrityError;
            output.Log.BadRead(link.Target, link.Id, job.Start, job.BlockCount);
        }

        EndDelivery(link, job, request, result, now);
    }

    private void EndDelivery(ReplicaLink link, Job job, VolumeRequest? request, ErrorCode result, Instant now)
    {
        var cancelled = false;
        lock (gate)
        {
            if (request is not null && --request.Deliveries == 0 && request.Abandoned && !request.Told)
            {
                request.Told = true;
                cancelled = true;
            }

            core.EndDelivery(link.Id, job, result, now);
        }

        if (cancelled)
        {
            request!.SetResult(new OperationCanceledException());
        }
    }

    private bool OpenInto(VolumeRequest request, Job job, ReadOnlySpan<byte> contexts, ReadOnlySpan<byte> payload)
    {
        var offset = (int)(job.Start.Value - request.Start.Value) << engine.Definition.BlockShift;
        var length = (int)job.BlockCount << engine.Definition.BlockShift;
        if (!engine.Sealer.Open(job.Start, job.BlockCount, contexts, payload, request.Target.Span.Slice(offset, length)))
        {
            return false;
        }

        request.Runs?.TakeContexts(job.Start, contexts, engine.Definition.ContextSizeBytes);
        return true;
    }

    private void DeliverRepair(ReplicaLink link, FrameConnection connection, in ReadAckHeader ack, ReadOnlyMemory<byte> payload, Instant now)
    {
        (BlockIndex Start, uint BlockCount)? wanted;
        lock (gate)
        {
            wanted = link.Connection == connection ? core.RepairRead(link.Id, ack.Job) : null;
        }

        if (wanted is not { } range)
        {
            return;
        }

        // Repair copies what is stored, sealed as it is: only the checksums are looked at, and not under the lock.
        var result = ack.Result == ErrorCode.None && !Prover.Proves(range.Start, range.BlockCount, ack.Contexts.Span, payload.Span)
            ? ErrorCode.IntegrityError
            : ack.Result;
        BlockBuffer? blocks = null;
        if (result == ErrorCode.None && payload.Length > 0)
        {
            blocks = pool.Rent(payload.Length);
            payload.CopyTo(blocks.Memory);
        }

        lock (gate)
        {
            if (link.Connection == connection)
            {
                core.OnRepairBlocks(link.Id, ack.Job, result, ack.Contexts, blocks, now);
            }
            else
            {
                blocks?.Dispose();
            }
        }
    }
}
