namespace Crucible.Storage;

/// <summary>An open extent file; made and kept by <see cref="ExtentCache"/>.</summary>
internal sealed class ExtentFile(uint extent, IStorageFile file)
{
    private readonly Lock _syncLock = new();
    private int _contextWrites;

    public uint Extent { get; } = extent;

    public IStorageFile File { get; } = file;

    /// <summary>How many use it now; it is closed only at zero. Guarded by the cache.</summary>
    public int Pins { get; set; }

    /// <summary>Taken out of the cache: the last one to unpin it closes it.</summary>
    public bool Dropped { get; set; }

    public LinkedListNode<ExtentFile>? Node { get; set; }

    /// <summary>
    /// Odd while context pages are being written: a reader that then meets a page half written reads again instead of
    /// calling it damaged.
    /// </summary>
    public int ContextWrites => Volatile.Read(ref _contextWrites);

    /// <summary>
    /// Makes all that was written to it durable. Several may ask: where it fails the system tells only one of them, so the fault
    /// is set before another may look.
    /// </summary>
    /// <exception cref="StorageException">It could not: the region is faulted.</exception>
    public void Sync(RegionFault fault)
    {
        lock (_syncLock)
        {
            fault.ThrowIfSet();
            try
            {
                File.Sync();
            }
            catch (StorageException e)
            {
                fault.Set(e.Message);
                throw;
            }
        }
    }

    public void BeginContextWrite() => Interlocked.Increment(ref _contextWrites);

    public void EndContextWrite() => Interlocked.Increment(ref _contextWrites);
}
