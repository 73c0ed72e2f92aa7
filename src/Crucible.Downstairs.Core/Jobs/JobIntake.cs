using Crucible.Protocol;

namespace Crucible.Downstairs;

/// <summary>Takes jobs: checks who sent them, in what order and of what shape, and has them appended or read.</summary>
internal sealed class JobIntake(IDownstairsOutput output, RegionDefinition definition, Acknowledgements acknowledgements)
{
    /// <exception cref="ProtocolViolationException">No upstairs sends that.</exception>
    public void OnJob(Peer peer, in FrameHeader frame, ReadOnlyMemory<byte> payload)
    {
        switch (frame.Kind)
        {
            case MessageKind.Write:
                OnWrite(peer, frame.Read<WriteHeader>(), payload);
                break;
            case MessageKind.WriteZeroes:
                OnZeroes(peer, frame.Read<WriteZeroesHeader>());
                break;
            case MessageKind.Discard:
                OnDiscard(peer, frame.Read<DiscardHeader>());
                break;
            case MessageKind.Flush:
                OnFlush(peer, frame.Read<FlushHeader>());
                break;
            case MessageKind.Read:
                OnRead(peer, frame.Read<ReadHeader>());
                break;
            case MessageKind.ReadStates when peer.Version >= ProtocolVersion.Two:
                OnReadStates(peer, frame.Read<ReadStatesHeader>());
                break;
            case MessageKind.ReadContexts:
                OnReadContexts(peer, frame.Read<ReadContextsHeader>());
                break;
            case MessageKind.RepairWrite:
                OnRepairWrite(peer, frame.Read<RepairWriteHeader>(), payload);
                break;
            case MessageKind.BeginRepair:
                var begin = frame.Read<BeginRepairHeader>();
                OnNote(peer, RegionNote.BeginRepair, begin.Generation, begin.Job);
                break;
            case MessageKind.MarkInSync:
                var mark = frame.Read<MarkInSyncHeader>();
                OnNote(peer, RegionNote.MarkInSync, mark.Generation, mark.Job);
                break;
            case MessageKind.SetExtentVersion:
                OnSetExtentVersion(peer, frame.Read<SetExtentVersionHeader>());
                break;
            default:
                throw new ProtocolViolationException($"a message of kind {frame.Kind}");
        }
    }

    private void OnWrite(Peer peer, in WriteHeader header, ReadOnlyMemory<byte> blocks)
    {
        JobRules.CheckDependencies(header.Job, header.Dependencies);
        JobRules.CheckWriteShape(definition, header, blocks.Length);
        var result = Admit(peer, header.Generation, header.Job, WithinExtent(header.Start, header.BlockCount), out var replay);
        if (result == ErrorCode.None && !replay)
        {
            RequireProved(output.AppendWrite(peer, header, blocks), header.Job);
        }

        acknowledgements.Add(peer, header.Job, result: result);
    }

    private void OnZeroes(Peer peer, in WriteZeroesHeader header)
    {
        JobRules.CheckDependencies(header.Job, header.Dependencies);
        JobRules.CheckEmptyCount(header.BlockCount, header.Job);
        var result = Admit(peer, header.Generation, header.Job, WithinExtent(header.Start, header.BlockCount), out var replay);
        if (result == ErrorCode.None && !replay)
        {
            result = output.AppendZeroes(peer, header);
        }

        acknowledgements.Add(peer, header.Job, result: result);
    }

    private void OnDiscard(Peer peer, in DiscardHeader header)
    {
        JobRules.CheckDependencies(header.Job, header.Dependencies);
        JobRules.CheckEmptyCount(header.BlockCount, header.Job);
        var result = Admit(peer, header.Generation, header.Job, WithinExtent(header.Start, header.BlockCount), out var replay);
        if (result == ErrorCode.None && !replay)
        {
            result = output.AppendDiscard(peer, header);
        }

        acknowledgements.Add(peer, header.Job, result: result);
    }

    private void OnFlush(Peer peer, in FlushHeader header)
    {
        JobRules.CheckDependencies(header.Job, header.Dependencies);
        if (header.Flush.CompareTo(peer.LastFlush) <= 0 && !Planted.Is(PlantedBug.FlushNumberNotRaised))
        {
            throw new ProtocolViolationException($"flush {header.Flush} after flush {peer.LastFlush}");
        }

        var result = Admit(peer, header.Generation, header.Job, ErrorCode.None, out var replay);
        if (peer.State == ConnectionState.Active)
        {
            peer.LastFlush = header.Flush;
        }

        if (result == ErrorCode.None && !replay)
        {
            result = output.AppendFlush(peer, header);
        }

        // A replayed flush is in the journal, but perhaps not on stable storage yet: it waits for a sync like any other.
        acknowledgements.Add(peer, header.Job, durable: true, result);
    }

    private void OnRead(Peer peer, in ReadHeader header)
    {
        JobRules.CheckDependencies(header.Job, header.Dependencies);
        var result = AdmitReader(peer, header.Generation);
        if (result == ErrorCode.None)
        {
            result = JobRules.FitsPayload(definition, header.BlockCount)
                ? WithinExtent(header.Start, header.BlockCount)
                : ErrorCode.OutOfRange;
        }

        if (result == ErrorCode.None)
        {
            output.Read(peer, header);
            return;
        }

        output.Skipped(peer, header.Job, result);
        output.Send(peer, new ReadAckHeader(header.Job, result, default));
    }

    private void OnReadStates(Peer peer, in ReadStatesHeader header)
    {
        var result = AdmitReader(peer, header.Generation);
        if (result == ErrorCode.None)
        {
            result = header.BlockCount <= WireLimits.MaxStateBlocksPerJob
                ? WithinExtent(header.Start, header.BlockCount)
                : ErrorCode.OutOfRange;
        }

        if (result == ErrorCode.None)
        {
            output.ReadStates(peer, header);
            return;
        }

        output.Skipped(peer, header.Job, result);
        output.Send(peer, new StatesAckHeader(header.Job, result, default));
    }

    private void OnReadContexts(Peer peer, in ReadContextsHeader header)
    {
        var result = AdmitReader(peer, header.Generation);
        if (result == ErrorCode.None)
        {
            result = header.BlockCount <= WireLimits.MaxBlocksPerJob
                ? WithinExtent(header.Start, header.BlockCount)
                : ErrorCode.OutOfRange;
        }

        if (result == ErrorCode.None)
        {
            output.ReadContexts(peer, header);
            return;
        }

        output.Send(peer, new ContextsAckHeader(header.Job, result, default));
    }

    private void OnRepairWrite(Peer peer, in RepairWriteHeader header, ReadOnlyMemory<byte> blocks)
    {
        JobRules.CheckRepairShape(definition, header, blocks.Length);
        var result = AdmitWriter(peer, header.Generation);
        if (result == ErrorCode.None)
        {
            result = WithinExtent(header.Start, header.BlockCount);
        }

        if (result == ErrorCode.None)
        {
            RequireProved(output.AppendRepair(peer, header, blocks), header.Job);
        }

        acknowledgements.Add(peer, header.Job, result: result);
    }

    private void OnSetExtentVersion(Peer peer, in SetExtentVersionHeader header)
    {
        var result = AdmitWriter(peer, header.Generation);
        if (result == ErrorCode.None)
        {
            result = header.Extent.Value < definition.ExtentCount ? ErrorCode.None : ErrorCode.OutOfRange;
        }

        if (result == ErrorCode.None)
        {
            result = output.AppendExtentVersion(peer, header);
        }

        acknowledgements.Add(peer, header.Job, result: result);
    }

    private void OnNote(Peer peer, RegionNote note, Generation generation, JobId job)
    {
        var result = AdmitWriter(peer, generation);
        if (result == ErrorCode.None)
        {
            output.Note(peer, new RegionNoteRequest(note, job, generation, peer.LastOrdered, peer.LastFlush));
            return;
        }

        output.SendAck(peer, new JobAckHeader(job, result));
    }

    /// <summary>Whether a job that changes or flushes the region is taken; <paramref name="replay"/>: it was done before.</summary>
    private ErrorCode Admit(Peer peer, Generation generation, JobId job, ErrorCode shape, out bool replay)
    {
        replay = false;
        var result = AdmitWriter(peer, generation);
        if (peer.State == ConnectionState.Active)
        {
            JobRules.CheckOrder(peer, job);
            peer.LastOrdered = job;
            replay = job <= peer.HeldBefore;
        }

        result = result == ErrorCode.None ? shape : result;
        if (replay || result != ErrorCode.None)
        {
            output.Skipped(peer, job, result);
        }

        return result;
    }

    private ErrorCode AdmitWriter(Peer peer, Generation generation)
    {
        switch (peer.State)
        {
            case ConnectionState.Active:
                JobRules.CheckGeneration(peer, generation);
                return acknowledgements.Refusal;
            case ConnectionState.ReadOnly:
                return ErrorCode.ReadOnly;
            default:
                return ErrorCode.NotActive;
        }
    }

    private static ErrorCode AdmitReader(Peer peer, Generation generation)
    {
        switch (peer.State)
        {
            case ConnectionState.Active:
                JobRules.CheckGeneration(peer, generation);
                return ErrorCode.None;
            case ConnectionState.ReadOnly:
                return ErrorCode.None;
            default:
                return ErrorCode.NotActive;
        }
    }

    private ErrorCode WithinExtent(BlockIndex start, uint blockCount) =>
        definition.ContainsInOneExtent(start, blockCount) ? ErrorCode.None : ErrorCode.OutOfRange;

    // The header is proved by its CRC, so it is the blocks that were damaged on the way: the connection is made anew and
    // the job sent again. It is not acknowledged; what came before it stays.
    private static void RequireProved(ErrorCode result, JobId job)
    {
        if (result != ErrorCode.None)
        {
            throw new ProtocolViolationException($"the blocks of job {job} do not match their contexts: damaged on the way");
        }
    }
}
