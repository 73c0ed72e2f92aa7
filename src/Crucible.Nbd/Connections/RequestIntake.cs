namespace Crucible.Nbd;

/// <summary>
/// Takes requests off a connection, on its thread. Everything that one receive brought is handed to the volume as one batch,
/// which costs each replica one system call, and the client too where the volume answers at once.
/// </summary>
internal sealed class RequestIntake(NbdConnection connection, NbdSession session, ByteReceiver receiver)
{
    private readonly bool _extended = session.Replies == NbdReplyMode.Extended;

    /// <summary>Takes requests until there are no more; tells why, with no reason where the client said goodbye.</summary>
    public string Run()
    {
        while (true)
        {
            connection.Volume.BeginBatch();
            var end = TakeArrived();
            Settle();
            if (end is not null)
            {
                return end;
            }

            if (!receiver.Receive())
            {
                return connection.IsStopping ? "the server stops" : "the client is gone";
            }
        }
    }

    // Null: no whole head is left.
    private string? TakeArrived()
    {
        while (receiver.Arrived.Length >= session.RequestHeaderBytes)
        {
            if (!NbdRequest.TryRead(receiver.Arrived, _extended, out var request))
            {
                return "a request without its magic number";
            }

            receiver.Take(session.RequestHeaderBytes);
            var verdict = RequestRules.Judge(request, session);
            if (verdict.Action is NbdAction.Disconnect or NbdAction.Close)
            {
                return verdict.Reason;
            }

            if (!Take(request, verdict))
            {
                return "the stream ended in a request";
            }
        }

        return null;
    }

    // Whatever may wait ends the batch first: others wait for what is in it.
    private void Settle()
    {
        var held = connection.Sender.TryHold();
        connection.Volume.EndBatch();
        if (held)
        {
            connection.Sender.Release();
        }
    }

    // False: the stream ended before the request did.
    private bool Take(in NbdRequest request, in NbdVerdict verdict)
    {
        var serve = verdict.Action == NbdAction.Serve && !connection.IsStopping;
        var held = PendingRequest.OverheadBytes + (serve ? BytesFor(request, verdict) : 0);
        if (!Enter(held))
        {
            return false;
        }

        var pending = connection.Server.Requests.Rent();
        pending.Begin(connection, request, held);
        if (!TakePayload(pending, verdict.PayloadBytes, serve))
        {
            pending.Finish();
            return false;
        }

        if (!serve)
        {
            var (error, text) = verdict.Action == NbdAction.Serve ? (NbdError.Shutdown, "the server stops") : (verdict.Error, verdict.Reason);
            pending.Answer(error, text);
        }
        else if (request.Command == NbdCommand.BlockStatus && !TryReadStatus(pending))
        {
            pending.Answer(NbdError.Invalid, "contexts or a range that can't be");
        }
        else
        {
            pending.Start();
        }

        return true;
    }

    private bool Enter(long held)
    {
        var (own, all) = (connection.Limiter, connection.Server.Limiter);
        if (!own.TryEnter(held))
        {
            Settle();
            var entered = own.Enter(held);
            connection.Volume.BeginBatch();
            if (!entered)
            {
                return false;
            }
        }

        if (!all.TryEnter(held))
        {
            Settle();
            var entered = all.Enter(held, atOnce: own.Requests == 1 && held <= NbdServer.SmallRequestBytes);
            connection.Volume.BeginBatch();
            if (!entered)
            {
                own.Exit(held);
                return false;
            }
        }

        return true;
    }

    private bool TakePayload(PendingRequest pending, uint length, bool serve)
    {
        if (length == 0)
        {
            return true;
        }

        var waits = length > receiver.Arrived.Length;
        if (waits)
        {
            Settle();
        }

        bool taken;
        if (serve)
        {
            pending.Buffer = connection.Pool.Rent((int)length);
            taken = receiver.Fill(pending.Buffer);
        }
        else
        {
            taken = receiver.Skip(length);
        }

        if (waits)
        {
            connection.Volume.BeginBatch();
        }

        return taken;
    }

    private bool TryReadStatus(PendingRequest pending)
    {
        var length = pending.Head.Length;
        var contexts = RequestRules.ContextBits(session);
        if (pending.Buffer is { } payload && !RequestRules.TryReadStatusPayload(pending.Head, session, payload.Span, out length, out contexts))
        {
            return false;
        }

        (pending.StatusLength, pending.Contexts) = ((long)length, contexts);
        return true;
    }

    private long BytesFor(in NbdRequest request, in NbdVerdict verdict) => request.Command switch
    {
        NbdCommand.Read => (long)request.Length,
        NbdCommand.Cache => (long)Math.Min(request.Length, CacheFill.PieceBytes),
        NbdCommand.BlockStatus => StatusReply.MaxBytes(
            verdict.PayloadBytes == 0 ? (long)request.Length : connection.Volume.SizeBytes, connection.Volume.BlockSizeBytes, session.Contexts.Count),
        _ => verdict.PayloadBytes,
    };
}
