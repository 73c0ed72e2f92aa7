using Crucible.Upstairs;

namespace Crucible.Integration.Tests.Faults.Load;

/// <summary>The blocks of a volume, read and told apart.</summary>
internal static class WholeVolume
{
    private const int StretchBytes = 1 << 20;

    /// <summary>What each block holds.</summary>
    public static Task<BlockStamp[]> ReadAsync(Volume volume) => ReadAsync(volume, (int)(volume.SizeBytes / volume.BlockSizeBytes));

    /// <summary>What each of the first blocks holds.</summary>
    public static async Task<BlockStamp[]> ReadAsync(Volume volume, int blockCount)
    {
        var stamps = new BlockStamp[blockCount];
        var end = (long)blockCount * volume.BlockSizeBytes;
        var buffer = new byte[StretchBytes];
        var scratch = new byte[volume.BlockSizeBytes];
        for (long offset = 0; offset < end; offset += StretchBytes)
        {
            var length = (int)Math.Min(StretchBytes, end - offset);
            await volume.ReadAsync(offset, buffer.AsMemory(0, length));
            for (var i = 0; i < length; i += volume.BlockSizeBytes)
            {
                var block = (offset + i) / volume.BlockSizeBytes;
                var stamp = BlockStamp.Parse((ulong)block, buffer.AsSpan(i, volume.BlockSizeBytes), scratch, out var problem);
                Assert.True(problem is null, problem);
                stamps[block] = stamp!.Value;
            }
        }

        return stamps;
    }

    /// <summary>Holds every block that a ledger knows against what the guest was promised; nothing may be under way.</summary>
    public static async Task VerifyAsync(Volume volume, BlockLedger ledger)
    {
        var stamps = await ReadAsync(volume, ledger.BlockCount);
        for (var block = 0; block < ledger.BlockCount; block++)
        {
            var problem = ledger.Check(block, ledger.OldestFor(block), stamps[block]);
            Assert.True(problem is null, problem);
        }
    }
}
