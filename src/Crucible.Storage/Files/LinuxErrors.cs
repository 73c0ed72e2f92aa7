using System.Runtime.InteropServices;

namespace Crucible.Storage;

/// <summary>Error numbers of the system, told as the project tells errors.</summary>
internal static class LinuxErrors
{
    /// <summary>The exception for the call that has just failed.</summary>
    public static StorageException Last(string what, string path) => Of(Marshal.GetLastPInvokeError(), what, path);

    public static StorageException Of(int error, string what, string path) =>
        new(Code(error), $"{what} {path}: {Marshal.GetPInvokeErrorMessage(error)}");

    private static ErrorCode Code(int error) => error switch
    {
        LinuxCalls.ErrorNoSpace or LinuxCalls.ErrorQuota => ErrorCode.NoSpace,
        LinuxCalls.ErrorReadOnly => ErrorCode.ReadOnly,
        _ => ErrorCode.IoError,
    };
}
