using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Crucible.Net;

/// <summary>
/// The one file of this assembly with unsafe code: sendmsg and recvmsg on Linux, over memory that is pinned for good
/// (<see cref="BlockBuffer.Array"/>, <see cref="Protocol.HeaderBuffer.Array"/>). .NET's own scatter-gather send pins and
/// allocates per call and cannot say "don't wait".
/// </summary>
internal static unsafe partial class SocketSystemCalls
{
    /// <summary>Most pieces of one call: IOV_MAX on Linux.</summary>
    public const int MaxPieces = 1024;

    private const int MsgDontWait = 0x40;
    private const int MsgNoSignal = 0x4000;

    /// <summary>TIOCOUTQ, also called SIOCOUTQ.</summary>
    private const nuint OutputQueue = 0x5411;

    private const int ErrorInterrupted = 4;
    private const int ErrorAgain = 11;

    /// <summary>What a call did beside moving bytes.</summary>
    public enum Outcome
    {
        /// <summary>Bytes moved (0 received: the peer has ended the stream).</summary>
        Moved,

        /// <summary>The call would have to wait, or its time ran out.</summary>
        WouldBlock,

        /// <summary>The connection is broken; errno says how.</summary>
        Broken,
    }

    /// <summary>Sends pieces of pinned arrays, in order, as far as the socket takes them.</summary>
    /// <param name="socket">The connected socket.</param>
    /// <param name="pieces">1 to <see cref="MaxPieces"/> pieces of pinned arrays.</param>
    /// <param name="wait">Whether to wait for room.</param>
    /// <param name="sentBytes">How many bytes the socket took.</param>
    /// <param name="errno">The system's error where the connection is broken.</param>
    public static Outcome Send(SafeSocketHandle socket, ReadOnlySpan<ArraySegment<byte>> pieces, bool wait, out int sentBytes, out int errno)
    {
        var vectors = stackalloc IoVector[pieces.Length];
        for (var i = 0; i < pieces.Length; i++)
        {
            vectors[i] = IoVector.Of(pieces[i]);
        }

        var message = new MessageHeader { Vectors = vectors, VectorCount = (nuint)pieces.Length };
        while (true)
        {
            var result = SendMessage(socket, &message, MsgNoSignal | (wait ? 0 : MsgDontWait));
            if (Finish(result, out sentBytes, out errno) is { } outcome)
            {
                return outcome;
            }
        }
    }

    /// <summary>Waits for bytes and receives them into <paramref name="first"/>, then, where that is full, into <paramref name="second"/>.</summary>
    public static Outcome Receive(
        SafeSocketHandle socket, ArraySegment<byte> first, ArraySegment<byte> second, out int receivedBytes, out int errno)
    {
        var vectors = stackalloc IoVector[2];
        vectors[0] = IoVector.Of(first);
        vectors[1] = IoVector.Of(second);
        var message = new MessageHeader { Vectors = vectors, VectorCount = second.Count > 0 ? 2u : 1u };
        while (true)
        {
            var result = ReceiveMessage(socket, &message, 0);
            if (Finish(result, out receivedBytes, out errno) is { } outcome)
            {
                return outcome;
            }
        }
    }

    /// <summary>Bytes that the socket took and the peer did not, as its kind of socket counts them; -1 where it can't tell.</summary>
    public static int UntakenBytes(SafeSocketHandle socket)
    {
        int bytes;
        return Control(socket, OutputQueue, &bytes) == 0 ? bytes : -1;
    }

    private static Outcome? Finish(nint result, out int bytes, out int errno)
    {
        bytes = (int)Math.Max(result, 0);
        errno = 0;
        if (result >= 0)
        {
            return Outcome.Moved;
        }

        errno = Marshal.GetLastPInvokeError();
        return errno switch
        {
            ErrorInterrupted => null,
            ErrorAgain => Outcome.WouldBlock,
            _ => Outcome.Broken,
        };
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint SendMessage(SafeSocketHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint ReceiveMessage(SafeSocketHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Control(SafeSocketHandle socket, nuint request, int* value);

    // struct iovec
    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        private void* _start;
        private nuint _length;

        public static IoVector Of(ArraySegment<byte> piece) => new()
        {
            _start = piece.Count == 0
                ? null
                : (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(piece.Array!)) + piece.Offset,
            _length = (nuint)piece.Count,
        };
    }

    // struct msghdr of 64-bit glibc; musl's differs only in padding that is zero here.
    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader
    {
        private void* _name;
        private nuint _nameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        private void* _control;
        private nuint _controlLength;
        private int _flags;
    }
}
