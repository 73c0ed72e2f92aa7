namespace Crucible.Nbd;

/// <summary>An export as the protocol sees it.</summary>
/// <param name="Name">By which clients ask for it; at most <see cref="NbdLimits.MaxStringBytes"/> bytes, may be empty.</param>
/// <param name="Description">A line for people; may be empty.</param>
/// <param name="SizeBytes">Its size; a multiple of <paramref name="BlockSizeBytes"/>.</param>
/// <param name="BlockSizeBytes">Bytes of a block: a power of two. Requests may be of any alignment; whole blocks are fastest.</param>
/// <param name="ReadOnly">Whether writes are refused.</param>
public sealed record NbdExportInfo(string Name, string Description, ulong SizeBytes, uint BlockSizeBytes, bool ReadOnly)
{
    /// <summary>The smallest request that is not slower than need be.</summary>
    public uint PreferredBlockBytes => Math.Max(BlockSizeBytes, NbdLimits.MinPreferredBlockBytes);

    /// <summary>What clients are told that the export can do.</summary>
    public NbdTransmissionFlags FlagsFor(NbdReplyMode replies, bool hasContexts)
    {
        var flags = NbdTransmissionFlags.HasFlags | NbdTransmissionFlags.SendFlush | NbdTransmissionFlags.SendFua
            | NbdTransmissionFlags.CanMultiConnect | NbdTransmissionFlags.SendCache;
        flags |= ReadOnly
            ? NbdTransmissionFlags.ReadOnly
            : NbdTransmissionFlags.SendTrim | NbdTransmissionFlags.SendWriteZeroes | NbdTransmissionFlags.SendFastZero;
        if (replies != NbdReplyMode.Simple)
        {
            flags |= NbdTransmissionFlags.SendDontFragment;
        }

        if (replies == NbdReplyMode.Extended && hasContexts)
        {
            flags |= NbdTransmissionFlags.BlockStatusPayload;
        }

        return flags;
    }
}
