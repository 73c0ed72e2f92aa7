using System.Buffers.Binary;
using Crucible.Simulation;

namespace Crucible.Storage.Tests;

/// <summary>Small regions on a simulated disk, and short words for what tests do with them.</summary>
internal static class TestRegion
{
    public static readonly Generation One = new(1);

    public static readonly RegionDefinition Small = new(512, 100, 10);

    public static readonly RegionDefinition Encrypted = new(512, 100, 10, encrypted: true);

    public static SimulatedStorage Create(RegionDefinition? definition = null, long journalBytes = RegionFormat.MinJournalBytes)
    {
        var storage = new SimulatedStorage();
        Region.Create(storage, definition ?? Small, new RegionId(Guid.NewGuid()), new RegionCreateOptions { JournalSizeBytes = journalBytes });
        return storage;
    }

    /// <summary>Opens one; writes of <paramref name="largeWriteBytes"/> or more are direct ones, by default more than tests write.</summary>
    public static Region Open(IStorageDirectory storage, bool readOnly = false, int largeWriteBytes = RegionOpenOptions.DefaultLargeWriteBytes) =>
        Region.Open(storage, new RegionOpenOptions { ReadOnly = readOnly, LargeWriteBytes = largeWriteBytes });

    /// <summary>Bytes that tell which block and which version of it they are.</summary>
    public static byte[] Data(RegionDefinition definition, ulong start, uint count, ulong version)
    {
        var bytes = new byte[count * definition.BlockSizeBytes];
        for (var i = 0; i < bytes.Length; i += 8)
        {
            var block = start + (ulong)(i / (int)definition.BlockSizeBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i), unchecked((version * 1_000_003) + (block * 7919) + (ulong)(i % (int)definition.BlockSizeBytes) + 1));
        }

        return bytes;
    }

    public static byte[] Contexts(RegionDefinition definition, ulong start, ReadOnlySpan<byte> data)
    {
        var size = definition.ContextSizeBytes;
        var count = data.Length / (int)definition.BlockSizeBytes;
        var contexts = new byte[count * size];
        for (var i = 0; i < count; i++)
        {
            var context = contexts.AsSpan(i * size, size);
            var block = data.Slice(i * (int)definition.BlockSizeBytes, (int)definition.BlockSizeBytes);
            BlockContext.WriteData(context, BlockContext.Checksum(block, new BlockIndex(start + (ulong)i)));
            if (definition.Encrypted)
            {
                BlockContext.Nonce(context).Fill((byte)(i + 1));
                BlockContext.Tag(context).Fill((byte)(i + 2));
            }
        }

        return contexts;
    }

    public static AppendResult AddWrite(this AppendBatch batch, RegionDefinition definition, ulong job, ulong start, uint count, ulong version)
    {
        var data = Data(definition, start, count, version);
        return batch.AddWrite(One, new JobId(job), new BlockIndex(start), count, Contexts(definition, start, data), data);
    }

    /// <summary>Appends one write, which must succeed.</summary>
    public static void Write(this Region region, ulong job, ulong start, uint count, ulong version)
    {
        var batch = region.BeginAppend();
        Assert.True(batch.AddWrite(region.Definition, job, start, count, version).IsAdded);
        Assert.Equal(ErrorCode.None, region.Commit(batch));
    }

    /// <summary>Appends blocks as repair does; must succeed.</summary>
    public static void Repair(this Region region, ulong start, uint count, ulong version)
    {
        var data = Data(region.Definition, start, count, version);
        region.Append(b => b.AddRepairWrite(new BlockIndex(start), count, Contexts(region.Definition, start, data), data));
    }

    public static void Append(this Region region, Func<AppendBatch, AppendResult> add)
    {
        var batch = region.BeginAppend();
        Assert.True(add(batch).IsAdded);
        Assert.Equal(ErrorCode.None, region.Commit(batch));
    }

    public static void Flush(this Region region, ulong job, ulong number)
    {
        region.Append(b => b.AddFlush(One, new JobId(job), new FlushNumber(number)));
        Assert.Equal(ErrorCode.None, region.Sync());
    }

    public static ErrorCode TryRead(this Region region, ulong start, uint count, out byte[] data, out byte[] contexts)
    {
        var definition = region.Definition;
        contexts = new byte[count * (uint)definition.ContextSizeBytes];
        var packed = new byte[count * definition.BlockSizeBytes];
        data = new byte[packed.Length];
        var error = region.Read(new BlockIndex(start), count, contexts, packed, out var length);
        if (error is not (ErrorCode.None or ErrorCode.IntegrityError))
        {
            return error;
        }

        var from = 0;
        var block = (int)definition.BlockSizeBytes;
        for (var i = 0; i < count; i++)
        {
            if (contexts[(i * definition.ContextSizeBytes) + 8] == (byte)BlockState.Data)
            {
                packed.AsSpan(from, block).CopyTo(data.AsSpan(i * block));
                from += block;
            }
        }

        Assert.Equal(length, from);
        return error;
    }

    /// <summary>Reads and proves each block; blocks without data are zeroes.</summary>
    public static byte[] ReadProved(this Region region, ulong start, uint count)
    {
        Assert.Equal(ErrorCode.None, region.TryRead(start, count, out var data, out var contexts));
        var size = region.Definition.ContextSizeBytes;
        var block = (int)region.Definition.BlockSizeBytes;
        for (var i = 0; i < count; i++)
        {
            var context = contexts.AsSpan(i * size, size);
            Assert.True(
                BlockContext.State(context) != BlockState.Data
                || BlockContext.Proves(context, data.AsSpan(i * block, block), new BlockIndex(start + (ulong)i)));
        }

        return data;
    }

    public static BlockState[] States(this Region region, ulong start, uint count)
    {
        var size = region.Definition.ContextSizeBytes;
        var contexts = new byte[count * (uint)size];
        Assert.Equal(ErrorCode.None, region.ReadContexts(new BlockIndex(start), count, contexts));
        return [.. Enumerable.Range(0, (int)count).Select(i => BlockContext.State(contexts.AsSpan(i * size, size)))];
    }
}
