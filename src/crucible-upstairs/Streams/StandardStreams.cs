using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Crucible.Upstairs.Program;

/// <summary>Standard input and output for data.</summary>
internal static class StandardStreams
{
    private const int StandardOutput = 1;
    private const int Interrupted = 4;

    /// <summary>Fills as much of a buffer as the stream has; less only at its end.</summary>
    /// <remarks>A read that waits for a person or a pipe can't be cancelled; only the waiting for it ends.</remarks>
    public static async Task<int> FillAsync(Stream stream, Memory<byte> buffer, CancellationToken stop) =>
        await Task.Run(() => stream.ReadAtLeast(buffer.Span, buffer.Length, throwOnEndOfStream: false), CancellationToken.None).WaitAsync(stop);

    /// <summary>Writes all of the data to standard output.</summary>
    /// <remarks>
    /// By the system call itself: the console's stream swallows EPIPE, so that a command would go on for hours with nobody
    /// reading, and a file stream keeps a position of its own, so that whoever writes next overwrites it.
    /// </remarks>
    /// <exception cref="IOException">It could not be written; the HResult is the system's error number.</exception>
    public static void WriteOutput(ReadOnlySpan<byte> data)
    {
        while (data.Length > 0)
        {
            var written = write(StandardOutput, in MemoryMarshal.GetReference(data), data.Length);
            if (written >= 0)
            {
                data = data[(int)written..];
                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
            {
                throw new IOException($"standard output: {new Win32Exception(error).Message}", error);
            }
        }
    }

#pragma warning disable IDE1006, SYSLIB1054 // The C library's name; a generated marshaller would need unsafe code for nothing.
    [DllImport("libc", SetLastError = true)]
    private static extern nint write(int descriptor, in byte data, nint lengthBytes);
#pragma warning restore IDE1006, SYSLIB1054
}
