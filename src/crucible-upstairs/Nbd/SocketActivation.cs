using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>Listening sockets that whoever started this process has made (systemd's protocol: LISTEN_PID, LISTEN_FDS).</summary>
internal static class SocketActivation
{
    private const int FirstHandle = 3;
    private const int MostHandles = 64;

    // SOL_SOCKET and SO_ACCEPTCONN.
    private const int SocketLevel = 1;
    private const int IsListeningOption = 30;

    /// <summary>How many were handed over; 0: none, or to another process.</summary>
    /// <exception cref="UsageException">The variables make no sense.</exception>
    public static int Count()
    {
        var process = Environment.GetEnvironmentVariable("LISTEN_PID");
        if (process != Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
        {
            return 0;
        }

        var text = Environment.GetEnvironmentVariable("LISTEN_FDS");
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= MostHandles
            ? count
            : throw new UsageException($"LISTEN_FDS is '{text}', not a number from 1 to {MostHandles}");
    }

    /// <summary>Takes them over; no child inherits the variables.</summary>
    /// <exception cref="UsageException">One of them is no listening stream socket.</exception>
    public static IReadOnlyList<Socket> Take()
    {
        var count = Count();
        foreach (var variable in new[] { "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES" })
        {
            Environment.SetEnvironmentVariable(variable, null);
        }

        return [.. Enumerable.Range(FirstHandle, count).Select(Open)];
    }

    private static Socket Open(int handle)
    {
        try
        {
            var socket = new Socket(new SafeSocketHandle(handle, ownsHandle: true));
            var listening = new byte[sizeof(int)];
            socket.GetRawSocketOption(SocketLevel, IsListeningOption, listening);
            if (socket.SocketType == SocketType.Stream && BinaryPrimitives.ReadInt32LittleEndian(listening) != 0)
            {
                return socket;
            }
        }
        catch (SocketException)
        {
            // No socket at all: said below.
        }

        throw new UsageException($"file descriptor {handle} of LISTEN_FDS is no listening stream socket");
    }
}
