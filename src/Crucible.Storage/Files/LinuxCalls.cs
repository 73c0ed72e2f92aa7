using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Crucible.Storage;

/// <summary>
/// The system calls, one method each: the only file of the project with pointers. Each returns what the call returned;
/// the error number is <see cref="Marshal.GetLastPInvokeError"/>.
/// </summary>
internal static unsafe partial class LinuxCalls
{
    public const int ErrorInterrupted = 4;
    public const int ErrorNotFound = 2;
    public const int ErrorAgain = 11;
    public const int ErrorExists = 17;
    public const int ErrorNotDirectory = 20;
    public const int ErrorIsDirectory = 21;
    public const int ErrorNoSpace = 28;
    public const int ErrorReadOnly = 30;
    public const int ErrorNotSupported = 95;
    public const int ErrorQuota = 122;

    public const int OpenReadOnly = 0;
    public const int OpenReadWrite = 2;
    public const int OpenCreate = 0x40;
    public const int OpenDirectory = 0x10000;
    public const int OpenCloseOnExec = 0x80000;

    public const int LockShared = 1;
    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;

    /// <summary>Most segments of one scatter-gather call (IOV_MAX).</summary>
    public const int MaxSegments = 1024;

    private const int ReadNoWait = 8;
    private const int AdviseRandom = 1;
    private const int AdviseDontNeed = 4;
    private const uint RangeWrite = 2;
    private const int KeepSize = 1;
    private const int PunchHole = 2;

    /// <summary>Pins of the call under way on this thread: kept, so that a write allocates nothing.</summary>
    [ThreadStatic]
    private static MemoryHandle[]? _pinScratch;

    public static nint Read(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        fixed (byte* bytes = buffer)
        {
            return PRead(file, bytes, (nuint)buffer.Length, offset);
        }
    }

    public static nint ReadCached(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        fixed (byte* bytes = buffer)
        {
            var vector = new IoVector { Base = bytes, Length = (nuint)buffer.Length };
            return PReadV2(file, &vector, 1, offset, ReadNoWait);
        }
    }

    public static nint Write(SafeFileHandle file, ReadOnlySpan<byte> buffer, long offset)
    {
        fixed (byte* bytes = buffer)
        {
            return PWrite(file, bytes, (nuint)buffer.Length, offset);
        }
    }

    /// <summary>Writes up to <see cref="MaxSegments"/> segments, the first from its byte <paramref name="skip"/> on.</summary>
    public static nint Write(SafeFileHandle file, ReadOnlySpan<ReadOnlyMemory<byte>> segments, int skip, long offset)
    {
        var count = Math.Min(segments.Length, MaxSegments);
        var vectors = stackalloc IoVector[count];
        var pins = _pinScratch ??= new MemoryHandle[MaxSegments];
        var pinned = 0;
        try
        {
            for (; pinned < count; pinned++)
            {
                var segment = pinned == 0 ? segments[0][skip..] : segments[pinned];
                pins[pinned] = segment.Pin();
                vectors[pinned] = new IoVector { Base = (byte*)pins[pinned].Pointer, Length = (nuint)segment.Length };
            }

            return PWriteV(file, vectors, count, offset);
        }
        finally
        {
            while (pinned > 0)
            {
                pins[--pinned].Dispose();
            }
        }
    }

    public static int Allocate(SafeFileHandle file, long length) => FAllocate(file, 0, 0, length);

    public static int Punch(SafeFileHandle file, long offset, long length) =>
        FAllocate(file, KeepSize | PunchHole, offset, length);

    /// <summary>Tells the kernel that the file is read in no order: no read-ahead.</summary>
    public static void AdviseRandomAccess(SafeFileHandle file) => _ = FAdvise(file, 0, 0, AdviseRandom);

    /// <summary>Lets the kernel drop what it keeps of a range in memory, as far as that is on the disk.</summary>
    public static void AdviseUnneeded(SafeFileHandle file, long offset, long length) => _ = FAdvise(file, offset, length, AdviseDontNeed);

    /// <summary>Lets the kernel begin to write what of the file is dirty. An error of that is told by the next sync.</summary>
    public static void BeginWriting(SafeFileHandle file) => _ = SyncFileRange(file, 0, 0, RangeWrite);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "mkdir", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int MakeDirectory(string path, int mode);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "remove", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Remove(string path);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(SafeFileHandle file, long length);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int DataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    private static partial nint PRead(SafeFileHandle file, byte* buffer, nuint length, long offset);

    [LibraryImport("libc", EntryPoint = "preadv2", SetLastError = true)]
    private static partial nint PReadV2(SafeFileHandle file, IoVector* vectors, int count, long offset, int flags);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    private static partial nint PWrite(SafeFileHandle file, byte* buffer, nuint length, long offset);

    [LibraryImport("libc", EntryPoint = "pwritev", SetLastError = true)]
    private static partial nint PWriteV(SafeFileHandle file, IoVector* vectors, int count, long offset);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int FAllocate(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int FAdvise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    private static partial int SyncFileRange(SafeFileHandle file, long offset, long length, uint flags);

    private struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }
}
