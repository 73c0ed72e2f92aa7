using System.Diagnostics;
using static Crucible.Storage.Tests.TestRegion;

namespace Crucible.Storage.Tests;

public class RealFileTests
{
    [Fact]
    public void A_region_on_real_files_keeps_what_was_written()
    {
        using var directory = new TemporaryDirectory();
        Region.Create(directory.Storage, Small, new RegionId(Guid.NewGuid()), new RegionCreateOptions());
        using (var region = Open(directory.Storage))
        {
            region.Write(1000, 0, 100, 1);
            region.Write(1001, 500, 10, 2);
            region.Flush(1002, 1);
            region.Apply(force: true);
            region.Append(b => b.AddDiscard(One, new JobId(1003), new BlockIndex(0), 50));
            region.Write(1004, 600, 3, 3);
        }

        using var reopened = Open(directory.Storage);
        Assert.Equal(new byte[50 * 512], reopened.ReadProved(0, 50));
        Assert.Equal(Data(Small, 50, 50, 1), reopened.ReadProved(50, 50));
        Assert.Equal(Data(Small, 500, 10, 2), reopened.ReadProved(500, 10));
        Assert.Equal(Data(Small, 600, 3, 3), reopened.ReadProved(600, 3));
        Assert.True(File.Exists($"{directory.Path}/extents/00/000/005"));
        Assert.True(new RegionVerifier(reopened).Verify(null, CancellationToken.None));
    }

    [Fact]
    public void What_was_forgotten_is_read_from_the_disk()
    {
        using var directory = new TemporaryDirectory();
        using var file = directory.Storage.Open("file", StorageOpenMode.Create)!;
        var data = Data(Small, 0, 100, 1);
        file.Write(0, data);
        file.Sync();

        file.Forget(0, data.Length);

        var read = new byte[data.Length];
        Assert.Equal(data.Length, file.Read(0, read));
        Assert.Equal(data, read);
    }

    [Fact]
    public void The_second_opener_is_told_the_process_that_has_the_region()
    {
        using var directory = new TemporaryDirectory();
        Region.Create(directory.Storage, Small, new RegionId(Guid.NewGuid()), new RegionCreateOptions());
        using var region = Open(directory.Storage);

        var message = Assert.Throws<RegionInUseException>(() => Open(directory.Storage)).Message;

        Assert.Contains($"pid {Environment.ProcessId}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_process_that_holds_the_lock_keeps_the_region_closed_until_it_ends()
    {
        using var directory = new TemporaryDirectory();
        Region.Create(directory.Storage, Small, new RegionId(Guid.NewGuid()), new RegionCreateOptions());
        var start = new ProcessStartInfo("flock", ["--exclusive", $"{directory.Path}/lock", "sh", "-c", "echo held; read line"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var other = Process.Start(start)!;
        Assert.Equal("held", other.StandardOutput.ReadLine());

        Assert.Throws<RegionInUseException>(() => Open(directory.Storage));
        Assert.Throws<RegionInUseException>(() => Open(directory.Storage, readOnly: true));
        other.StandardInput.WriteLine();
        other.WaitForExit();

        Open(directory.Storage).Dispose();
    }

    [Fact]
    public void A_terabyte_is_made_and_opened_in_under_a_second_and_takes_almost_no_space()
    {
        using var directory = new TemporaryDirectory();
        var definition = new RegionDefinition(4096, 16384, 16384);
        var watch = Stopwatch.StartNew();

        Region.Create(directory.Storage, definition, new RegionId(Guid.NewGuid()), new RegionCreateOptions { JournalSizeBytes = 8 << 20 });
        using (var region = Open(directory.Storage))
        {
            Assert.Equal(1UL << 40, region.Definition.TotalBytes);
        }

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.InRange(Directory.EnumerateFiles(directory.Path).Sum(f => new FileInfo(f).Length), 0, 9 << 20);
    }

    [Fact]
    public void A_directory_that_is_not_empty_is_never_touched()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory($"{directory.Path}/lost+found");
        File.WriteAllText($"{directory.Path}/notes.txt", "mine");

        var message = Assert.Throws<RegionExistsException>(
            () => Region.Create(directory.Storage, Small, new RegionId(Guid.NewGuid()), new RegionCreateOptions())).Message;

        Assert.Contains("notes.txt", message, StringComparison.Ordinal);
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(directory.Path).Count());
        File.Delete($"{directory.Path}/notes.txt");
        Region.Create(directory.Storage, Small, new RegionId(Guid.NewGuid()), new RegionCreateOptions());
        var manifest = File.ReadAllText($"{directory.Path}/region.json");
        Assert.Throws<RegionExistsException>(
            () => Region.Create(directory.Storage, Small, new RegionId(Guid.NewGuid()), new RegionCreateOptions()));
        Assert.Equal(manifest, File.ReadAllText($"{directory.Path}/region.json"));
    }

    [Fact]
    public void An_empty_directory_has_no_region()
    {
        using var directory = new TemporaryDirectory();

        Assert.Contains("create one", Assert.Throws<RegionNotFoundException>(() => Open(directory.Storage)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    [Fact]
    public void Nothing_is_allocated_per_job_in_the_steady_state()
    {
        using var directory = new TemporaryDirectory();
        var definition = new RegionDefinition(4096, 256, 8);
        Region.Create(directory.Storage, definition, new RegionId(Guid.NewGuid()), new RegionCreateOptions());
        using var region = Open(directory.Storage);
        var data = GC.AllocateUninitializedArray<byte>(16 * 4096, pinned: true);
        var contexts = new byte[16 * 16];
        for (var i = 0; i < 3; i++)
        {
            Turn(region, data, contexts, jobs: 600);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Turn(region, data, contexts, jobs: 600);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public async Task I9_readers_beside_appending_and_applying_never_see_a_block_of_two_versions()
    {
        using var directory = new TemporaryDirectory();
        var definition = new RegionDefinition(4096, 64, 4);
        Region.Create(directory.Storage, definition, new RegionId(Guid.NewGuid()), new RegionCreateOptions { JournalSizeBytes = 4 << 20 });
        using var region = Open(directory.Storage);
        using var stop = new CancellationTokenSource();
        var acknowledged = 0UL;
        var applier = Run(stop, () => Assert.Equal(ErrorCode.None, region.Apply(force: true)));
        var readers = Enumerable.Range(0, 3).Select(n => Run(stop, () =>
        {
            var atLeast = Volatile.Read(ref acknowledged);
            var start = (uint)n * 64;
            Assert.Equal(ErrorCode.None, region.TryRead(start, 64, out var data, out var contexts));
            for (var i = 0; i < 64 && atLeast > 8; i++)
            {
                var block = data.AsSpan(i * 4096, 4096);
                Assert.True(BlockContext.Proves(contexts.AsSpan(i * 16, 16), block, new BlockIndex(start + (ulong)i)));
                Assert.True(BitConverter.ToUInt64(block) >= atLeast - 8);
            }
        })).ToArray();

        for (var version = 1UL; version <= 1500; version++)
        {
            var extent = (uint)(version % 4);
            var data = new byte[64 * 4096];
            for (var i = 0; i < 64; i++)
            {
                BitConverter.TryWriteBytes(data.AsSpan(i * 4096), version);
                data.AsSpan((i * 4096) + 8, 4088).Fill((byte)(version & 0xFF));
            }

            var contexts = Contexts(definition, extent * 64, data);
            AppendResult result;
            do
            {
                var batch = region.BeginAppend();
                result = batch.AddWrite(One, new JobId(version), new BlockIndex(extent * 64), 64, contexts, data);
                Assert.Equal(ErrorCode.None, region.Commit(batch));
                Assert.False(applier.IsFaulted);
            }
            while (!result.IsAdded);
            Volatile.Write(ref acknowledged, version);
        }

        await stop.CancelAsync();
        await Task.WhenAll([applier, .. readers]).WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static Task Run(CancellationTokenSource stop, Action turn) => Task.Factory.StartNew(
        () =>
        {
            while (!stop.IsCancellationRequested)
            {
                turn();
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    private static void Turn(Region region, byte[] data, byte[] contexts, int jobs)
    {
        for (var i = 0; i < jobs; i++)
        {
            var start = (ulong)(i * 37 % 120) * 16;
            for (var block = 0; block < 16; block++)
            {
                var content = data.AsSpan(block * 4096, 4096);
                content[0] ^= (byte)(i & 0xFF);
                BlockContext.WriteData(
                    contexts.AsSpan(block * 16, 16), BlockContext.Checksum(content, new BlockIndex(start + (ulong)block)));
            }

            var batch = region.BeginAppend();
            Invariant.Require(batch.AddWrite(One, new JobId((ulong)i), new BlockIndex(start), 16, contexts, data).IsAdded);
            Invariant.Require(region.Commit(batch) == ErrorCode.None);
            Invariant.Require(region.Read(new BlockIndex(start), 16, contexts, data, out var length) == ErrorCode.None && length == 65536);
            if (i % 40 == 0)
            {
                batch = region.BeginAppend();
                Invariant.Require(batch.AddFlush(One, new JobId((ulong)i), new FlushNumber((ulong)i)).IsAdded);
                Invariant.Require(region.Commit(batch) == ErrorCode.None && region.Sync() == ErrorCode.None);
            }

            if (region.NeedsApply)
            {
                Invariant.Require(region.Apply(force: false) == ErrorCode.None);
                Invariant.Require(region.Read(new BlockIndex(start), 16, contexts, data, out _) == ErrorCode.None);
            }
        }
    }
}
