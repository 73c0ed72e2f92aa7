namespace Crucible.Storage;

/// <summary>Chooses the checkpoint that counts.</summary>
internal static class CheckpointReader
{
    /// <param name="damagedSlot">The slot that holds no checkpoint, or −1.</param>
    /// <exception cref="RegionCorruptException">Neither slot holds one.</exception>
    public static Checkpoint Read(IStorageFile journal, JournalRing ring, ulong seed, string path, out int damagedSlot)
    {
        Span<byte> sector = stackalloc byte[Checkpoint.SizeBytes];
        Span<Checkpoint> found = new Checkpoint[JournalRing.SlotCount];
        var valid = 0;
        damagedSlot = -1;
        var best = -1;
        for (var slot = 0; slot < JournalRing.SlotCount; slot++)
        {
            var read = journal.Read((long)slot * JournalRing.PageBytes, sector);
            if (Checkpoint.TryRead(sector[..read], seed, ring.Bytes, out found[slot])
                && found[slot].Sequence % JournalRing.SlotCount == (ulong)slot
                && found[slot].Head <= long.MaxValue)
            {
                valid++;
                best = best < 0 || found[slot].Sequence > found[best].Sequence ? slot : best;
            }
            else
            {
                damagedSlot = slot;
            }
        }

        return valid > 0
            ? found[best]
            : throw new RegionCorruptException($"{path} is damaged: neither of its two checkpoints can be read");
    }
}
