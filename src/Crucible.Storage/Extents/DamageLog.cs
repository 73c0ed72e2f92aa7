using Microsoft.Extensions.Logging;

namespace Crucible.Storage;

/// <summary>Notes damage where it is found: in the extent's flags, and once in the log.</summary>
internal sealed class DamageLog(RegionMemory memory, ILogger logger)
{
    public void Found(uint extent, ExtentFlags flags, string what)
    {
        bool isNew;
        lock (memory.Lock)
        {
            isNew = memory.Extents.MarkDamaged(extent, flags);
        }

        if (isNew)
        {
            logger.ExtentCorrupt(extent, what);
        }
    }

    public void ReadFailed(string reason) => logger.ReadFailed(reason);
}
