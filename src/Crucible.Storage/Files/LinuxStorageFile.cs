using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Crucible.Storage;

/// <summary>A file by system calls: calls that a signal interrupts, or that do part of the work, are continued.</summary>
internal sealed class LinuxStorageFile(SafeFileHandle handle, string path) : IStorageFile
{
    private const int SeekEnd = 2;
    private const int ZeroChunkBytes = 1 << 20;

    public long Length
    {
        get
        {
            var length = LinuxCalls.Seek(handle, 0, SeekEnd);
            return length >= 0 ? length : throw LinuxErrors.Last("cannot tell the length of", path);
        }
    }

    public int Read(long offset, Span<byte> buffer)
    {
        var total = 0;
        while (total < buffer.Length)
        {
            var read = LinuxCalls.Read(handle, buffer[total..], offset + total);
            if (read == 0)
            {
                break;
            }

            total += read > 0 ? (int)read : Interrupted("cannot read");
        }

        return total;
    }

    public bool TryReadCached(long offset, Span<byte> buffer, out int read)
    {
        read = 0;
        while (read < buffer.Length)
        {
            var count = LinuxCalls.ReadCached(handle, buffer[read..], offset + read);
            if (count < 0)
            {
                // A file system that cannot tell refuses the flag; then nobody knows, and so it would block.
                return Marshal.GetLastPInvokeError() is LinuxCalls.ErrorAgain or LinuxCalls.ErrorNotSupported
                    ? false
                    : throw LinuxErrors.Last("cannot read", path);
            }

            if (count == 0)
            {
                break;
            }

            read += (int)count;
        }

        return true;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var written = LinuxCalls.Write(handle, bytes, offset);
            var count = written > 0 ? (int)written : written < 0 ? Interrupted("cannot write") : throw Stuck();
            bytes = bytes[count..];
            offset += count;
        }
    }

    public void Write(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> segments)
    {
        var skip = 0;
        while (!segments.IsEmpty)
        {
            if (segments[0].Length == skip)
            {
                segments = segments[1..];
                skip = 0;
                continue;
            }

            var written = LinuxCalls.Write(handle, segments, skip, offset);
            var count = written > 0 ? (long)written : written < 0 ? Interrupted("cannot write") : throw Stuck();
            offset += count;
            count += skip;
            while (!segments.IsEmpty && count >= segments[0].Length)
            {
                count -= segments[0].Length;
                segments = segments[1..];
            }

            skip = (int)count;
        }
    }

    public void SetLength(long length)
    {
        while (LinuxCalls.Truncate(handle, length) != 0)
        {
            Interrupted("cannot set the length of");
        }
    }

    public void Preallocate(long length)
    {
        while (LinuxCalls.Allocate(handle, length) != 0)
        {
            if (Marshal.GetLastPInvokeError() == LinuxCalls.ErrorNotSupported)
            {
                WriteZeroes(length);
                return;
            }

            Interrupted("cannot set space aside for");
        }
    }

    public bool TryPunchHole(long offset, long length)
    {
        while (LinuxCalls.Punch(handle, offset, length) != 0)
        {
            if (Marshal.GetLastPInvokeError() == LinuxCalls.ErrorNotSupported)
            {
                return false;
            }

            Interrupted("cannot punch a hole into");
        }

        return true;
    }

    public void Forget(long offset, long length) => LinuxCalls.AdviseUnneeded(handle, offset, length);

    public void BeginWriting() => LinuxCalls.BeginWriting(handle);

    public void Sync()
    {
        // Never again after a failure, not even one by a signal: the kernel may have dropped the pages that it could not
        // write, and a second call would then succeed without them.
        if (LinuxCalls.DataSync(handle) != 0)
        {
            throw LinuxErrors.Last("cannot sync", path);
        }
    }

    public void Dispose() => handle.Dispose();

    private void WriteZeroes(long length)
    {
        var zeroes = new byte[ZeroChunkBytes];
        for (var offset = 0L; offset < length; offset += ZeroChunkBytes)
        {
            Write(offset, zeroes.AsSpan(0, (int)Math.Min(ZeroChunkBytes, length - offset)));
        }
    }

    /// <summary>0 if a signal interrupted the call: it is made again. Any other error is thrown.</summary>
    private int Interrupted(string what) => Marshal.GetLastPInvokeError() == LinuxCalls.ErrorInterrupted
        ? 0
        : throw LinuxErrors.Last(what, path);

    private StorageException Stuck() => new(ErrorCode.IoError, $"cannot write {path}: the system wrote nothing");
}
