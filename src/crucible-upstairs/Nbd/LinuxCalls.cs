using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Crucible.Upstairs.Program;

/// <summary>What .NET does not tell of a file, or do to a process.</summary>
internal static class LinuxCalls
{
    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint BasicFields = 0x7ff;

    /// <summary>Bytes of the kernel's <c>struct statx</c>, the same on every architecture.</summary>
    private const int StatBytes = 256;

    private const int ModeOffset = 28;
    private const int InodeOffset = 32;
    private const int DeviceOffset = 136;

    private const int TypeMask = 0xF000;
    private const int SocketType = 0xC000;
    private const int KillSignal = 9;
    private const int TerminateSignal = 15;

    /// <summary>What lies at a path, links not followed; null: nothing that can be looked at.</summary>
    public static FileIdentity? Identify(string path)
    {
        var bytes = new byte[StatBytes];
        if (Stat(CurrentDirectory, Encoding.UTF8.GetBytes(path + '\0'), NoFollow, BasicFields, bytes) != 0)
        {
            return null;
        }

        return new FileIdentity(
            (BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(ModeOffset)) & TypeMask) == SocketType,
            BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(InodeOffset)),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(DeviceOffset)));
    }

    /// <summary>SIGTERM to a process; one that is gone is no error.</summary>
    public static void AskToEnd(int process) => _ = SendSignal(process, TerminateSignal);

    /// <summary>SIGKILL to a process; one that is gone is no error.</summary>
    public static void Kill(int process) => _ = SendSignal(process, KillSignal);

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Stat(int directory, byte[] path, int flags, uint fields, byte[] result);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int process, int signal);
}

/// <summary>Which file it is, whatever it is called.</summary>
/// <param name="IsSocket">Whether it is a unix socket.</param>
/// <param name="Inode">Its number in its file system.</param>
/// <param name="Device">The file system.</param>
internal readonly record struct FileIdentity(bool IsSocket, ulong Inode, ulong Device);
