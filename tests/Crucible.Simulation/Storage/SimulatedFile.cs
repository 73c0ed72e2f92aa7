using Crucible.Storage;

namespace Crucible.Simulation;

/// <summary>An open file of a simulated disk; of no use once its process died.</summary>
internal sealed class SimulatedFile(SimulatedStorage storage, SimulatedFileContent content, string name, int life) : IStorageFile
{
    private bool _disposed;

    public long Length
    {
        get
        {
            RequireAlive();
            return content.Length;
        }
    }

    public int Read(long offset, Span<byte> buffer)
    {
        RequireAlive();
        storage.Failures.BeforeRead(name);
        return content.Read(offset, buffer);
    }

    public bool TryReadCached(long offset, Span<byte> buffer, out int read)
    {
        read = 0;
        if (storage.Failures.NothingCached)
        {
            return false;
        }

        read = Read(offset, buffer);
        return true;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        RequireAlive();
        if (storage.DiesNow())
        {
            // A call that is under way when the process is killed may have done any part of its work, whole sectors at a time.
            content.Write(offset, bytes[..FirstSectors(offset, (int)(bytes.Length * storage.DeathFraction))]);
            storage.Die();
        }

        if (storage.Failures.FailsWrite(name))
        {
            content.Write(offset, bytes[..FirstSectors(offset, bytes.Length / 2)]);
            throw SimulatedFailures.Error("write", name);
        }

        if (storage.Failures.NoSpace && content.NeedsSpace(offset, bytes.Length))
        {
            throw SimulatedFailures.Error("write", name, ErrorCode.NoSpace);
        }

        content.Write(offset, bytes);
        storage.WriteCount++;
    }

    public void Write(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> segments)
    {
        var length = 0;
        foreach (var segment in segments)
        {
            length += segment.Length;
        }

        var bytes = new byte[length];
        var at = 0;
        foreach (var segment in segments)
        {
            segment.Span.CopyTo(bytes.AsSpan(at));
            at += segment.Length;
        }

        Write(offset, bytes);
    }

    public void SetLength(long length)
    {
        RequireAlive();
        storage.CountOperation();
        content.SetLength(length);
    }

    public void Preallocate(long length)
    {
        RequireAlive();
        if (storage.Failures.NoSpace)
        {
            throw SimulatedFailures.Error("set space aside for", name, ErrorCode.NoSpace);
        }

        content.Preallocate(length);
    }

    public bool TryPunchHole(long offset, long length)
    {
        RequireAlive();
        storage.CountOperation();
        content.PunchHole(offset, length);
        return true;
    }

    public void Forget(long offset, long length)
    {
        RequireAlive();
        storage.ForgottenRanges++;
    }

    public void BeginWriting() => RequireAlive();

    public void Sync()
    {
        RequireAlive();
        storage.CountOperation();
        if (storage.Failures.FailsSync(name))
        {
            content.FailSync();
            storage.HasFailedSync = true;
            throw SimulatedFailures.Error("sync", name);
        }

        content.Sync();
        storage.SyncCount++;
    }

    public void Dispose() => _disposed = true;

    /// <summary>A write that fails half way ends between two sectors: one sector is written whole or not at all.</summary>
    private static int FirstSectors(long offset, int length)
    {
        var end = (offset + length) / SimulatedFileContent.SectorBytes * SimulatedFileContent.SectorBytes;
        return (int)Math.Max(0, end - offset);
    }

    private void RequireAlive() => ObjectDisposedException.ThrowIf(_disposed || !storage.IsAlive(life), this);
}
