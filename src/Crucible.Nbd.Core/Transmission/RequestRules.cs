namespace Crucible.Nbd;

/// <summary>Which requests can be, and how those that can't are answered.</summary>
public static class RequestRules
{
    private const ulong ContextIdBytes = 4;

    /// <summary>Judges a request before anything is allocated for it.</summary>
    public static NbdVerdict Judge(in NbdRequest request, NbdSession session)
    {
        var payload = PayloadOf(request, session);
        if (request.Command == NbdCommand.Disconnect)
        {
            return new NbdVerdict(NbdAction.Disconnect, NbdError.None, string.Empty, 0);
        }

        if (payload > NbdLimits.MaxSkippedPayloadBytes)
        {
            return new NbdVerdict(NbdAction.Close, NbdError.None, $"a payload of {payload} bytes", 0);
        }

        var (error, reason) = WhyRefuse(request, session, payload);
        if (error != NbdError.None)
        {
            return new NbdVerdict(NbdAction.Refuse, error, reason, (uint)payload);
        }

        var isDone = request.Length == 0 && request.Command != NbdCommand.Flush;
        return new NbdVerdict(isDone ? NbdAction.Succeed : NbdAction.Serve, NbdError.None, string.Empty, (uint)payload);
    }

    /// <summary>
    /// Judges what the payload of a BLOCK_STATUS request says: how long the range is, and which of the session's contexts
    /// are wanted.
    /// </summary>
    /// <param name="request">A request with the flag PAYLOAD_LEN that <see cref="Judge"/> let pass.</param>
    /// <param name="session">The session.</param>
    /// <param name="payload">Its payload.</param>
    /// <param name="length">Bytes of the range, at least 1 and within the export.</param>
    /// <param name="contexts">A bit for each wanted context, 1 shifted by its id; at least one.</param>
    /// <returns>Whether it can be; if not, it is answered with <see cref="NbdError.Invalid"/>.</returns>
    public static bool TryReadStatusPayload(
        in NbdRequest request, NbdSession session, ReadOnlySpan<byte> payload, out ulong length, out uint contexts)
    {
        length = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(payload);
        contexts = 0;
        for (var at = 8; at < payload.Length; at += (int)ContextIdBytes)
        {
            var id = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(payload[at..]);
            if (!IsSelected(session, id) || (contexts & (1u << (int)id)) != 0)
            {
                return false;
            }

            contexts |= 1u << (int)id;
        }

        return contexts != 0 && length > 0 && IsWithin(request.Offset, length, session);
    }

    /// <summary>A bit for each context of the session, 1 shifted by its id.</summary>
    public static uint ContextBits(NbdSession session)
    {
        uint bits = 0;
        foreach (var context in session.Contexts)
        {
            bits |= 1u << (int)context;
        }

        return bits;
    }

    private static bool IsSelected(NbdSession session, uint id)
    {
        foreach (var context in session.Contexts)
        {
            if ((uint)context == id)
            {
                return true;
            }
        }

        return false;
    }

    private static ulong PayloadOf(in NbdRequest request, NbdSession session) => session.Replies == NbdReplyMode.Extended
        ? request.Has(NbdCommandFlags.PayloadLength) ? request.Length : 0
        : request.Command == NbdCommand.Write ? request.Length : 0;

    private static (NbdError Error, string Reason) WhyRefuse(in NbdRequest request, NbdSession session, ulong payload)
    {
        if (request.Command > NbdCommand.BlockStatus)
        {
            return (NbdError.Invalid, "unknown command");
        }

        if ((request.Flags & ~AllowedFlags(request.Command, session)) != 0)
        {
            return (NbdError.Invalid, "a flag that this command does not have");
        }

        return request.Command switch
        {
            NbdCommand.Read => WhyRefuseRead(request, session),
            NbdCommand.Write => WhyRefuseWrite(request, session),
            NbdCommand.Trim or NbdCommand.WriteZeroes => WhyRefuseEmptying(request, session),
            NbdCommand.BlockStatus => WhyRefuseStatus(request, session, payload),
            NbdCommand.Cache => OutOfRange(request, session, NbdError.Invalid),
            _ when request.Offset != 0 || request.Length != 0 => (NbdError.Invalid, "a flush has no range"),
            _ => default,
        };
    }

    private static (NbdError Error, string Reason) WhyRefuseRead(in NbdRequest request, NbdSession session)
    {
        var outside = OutOfRange(request, session, NbdError.Invalid);
        return outside.Error != NbdError.None ? outside
            : request.Length > NbdLimits.MaxPayloadBytes ? (NbdError.Overflow, "longer than the largest request")
            : default;
    }

    private static (NbdError Error, string Reason) WhyRefuseWrite(in NbdRequest request, NbdSession session) => request switch
    {
        _ when session.Export.ReadOnly => (NbdError.NotPermitted, "the export is read only"),
        _ when session.Replies == NbdReplyMode.Extended && !request.Has(NbdCommandFlags.PayloadLength) =>
            (NbdError.Invalid, "a write without a payload"),
        _ when request.Length > NbdLimits.MaxPayloadBytes => (NbdError.Invalid, "longer than the largest request"),
        _ => OutOfRange(request, session, NbdError.NoSpace),
    };

    private static (NbdError Error, string Reason) WhyRefuseEmptying(in NbdRequest request, NbdSession session)
    {
        if (session.Export.ReadOnly)
        {
            return (NbdError.NotPermitted, "the export is read only");
        }

        var outside = OutOfRange(request, session, request.Command == NbdCommand.Trim ? NbdError.Invalid : NbdError.NoSpace);
        if (outside.Error != NbdError.None)
        {
            return outside;
        }

        // Whole blocks become zeroes without any being sent; a part of one is read, changed and written.
        return request.Has(NbdCommandFlags.FastZero) && ((request.Offset | request.Length) & (session.Export.BlockSizeBytes - 1)) != 0
            ? (NbdError.NotSupported, "zeroing parts of blocks is not fast")
            : default;
    }

    private static (NbdError Error, string Reason) WhyRefuseStatus(in NbdRequest request, NbdSession session, ulong payload)
    {
        if (session.Contexts.Count == 0)
        {
            return (NbdError.Invalid, "no context was selected");
        }

        if (request.Has(NbdCommandFlags.PayloadLength))
        {
            // The range is in the payload, whose ids are no more than there are contexts.
            return payload < 8 + ContextIdBytes || payload > 8 + (ContextIdBytes * (ulong)session.Contexts.Count) || payload % ContextIdBytes != 0
                ? (NbdError.Invalid, "a payload of a length that can't be")
                : default;
        }

        return request.Length == 0 ? (NbdError.Invalid, "the status of nothing") : OutOfRange(request, session, NbdError.Invalid);
    }

    private static NbdCommandFlags AllowedFlags(NbdCommand command, NbdSession session)
    {
        // FUA is valid with every command once it was offered, as the protocol says.
        var extended = session.Replies == NbdReplyMode.Extended;
        return NbdCommandFlags.ForceUnitAccess | command switch
        {
            NbdCommand.Read when session.Replies != NbdReplyMode.Simple => NbdCommandFlags.DontFragment,
            NbdCommand.Write when extended => NbdCommandFlags.PayloadLength,
            NbdCommand.WriteZeroes => NbdCommandFlags.NoHole | NbdCommandFlags.FastZero,
            NbdCommand.BlockStatus when extended => NbdCommandFlags.RequestOne | NbdCommandFlags.PayloadLength,
            NbdCommand.BlockStatus => NbdCommandFlags.RequestOne,
            _ => NbdCommandFlags.None,
        };
    }

    private static (NbdError Error, string Reason) OutOfRange(in NbdRequest request, NbdSession session, NbdError error) =>
        IsWithin(request.Offset, request.Length, session) ? default : (error, "beyond the end of the export");

    private static bool IsWithin(ulong offset, ulong length, NbdSession session) =>
        offset <= session.Export.SizeBytes && length <= session.Export.SizeBytes - offset;
}
