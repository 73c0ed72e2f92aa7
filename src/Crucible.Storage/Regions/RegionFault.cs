using Microsoft.Extensions.Logging;

namespace Crucible.Storage;

/// <summary>
/// Whether the region can still be trusted. Once a sync or an append has failed it never can again in this process (I10):
/// what the disk holds is then unknown.
/// </summary>
internal sealed class RegionFault(ILogger logger)
{
    private string? _reason;

    public bool IsSet => Volatile.Read(ref _reason) is not null;

    /// <summary>Why, in one line; null while the region is trusted.</summary>
    public string? Reason => Volatile.Read(ref _reason);

    /// <exception cref="StorageException">It is set.</exception>
    public void ThrowIfSet()
    {
        if (Reason is { } reason)
        {
            throw new StorageException(ErrorCode.RegionFaulted, reason);
        }
    }

    public void Set(string reason)
    {
        if (Interlocked.CompareExchange(ref _reason, reason, null) is null)
        {
            logger.RegionFaulted(reason);
        }
    }
}
