using static Crucible.Storage.Tests.TestRegion;

namespace Crucible.Storage.Tests;

public class RegionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_was_written_is_read_before_and_after_it_was_applied_and_reopened(bool encrypted)
    {
        var definition = encrypted ? Encrypted : Small;
        var storage = Create(definition);
        using (var region = Open(storage))
        {
            region.Write(1000, 95, 5, version: 1);
            region.Write(1001, 97, 1, version: 2);

            Assert.Equal(Data(definition, 95, 2, 1), region.ReadProved(95, 2));
            Assert.Equal(Data(definition, 97, 1, 2), region.ReadProved(97, 1));

            Assert.Equal(ErrorCode.None, region.Apply(force: true));

            Assert.Equal(0UL, region.JournalBytesUsed);
            Assert.Equal(Data(definition, 97, 1, 2), region.ReadProved(97, 1));
        }

        using var reopened = Open(storage);
        Assert.Equal(Data(definition, 95, 2, 1), reopened.ReadProved(95, 2));
        Assert.Equal(Data(definition, 97, 1, 2), reopened.ReadProved(97, 1));
        Assert.Equal(Contexts(definition, 97, Data(definition, 97, 1, 2)), ReadContexts(reopened, 97, 1));
    }

    [Fact]
    public void A_region_never_written_reads_as_zeroes_and_has_no_extent_files()
    {
        var storage = Create();
        using var region = Open(storage);

        Assert.Equal(new byte[100 * 512], region.ReadProved(0, 100));
        Assert.All(region.States(0, 100), s => Assert.Equal(BlockState.NeverWritten, s));
        Assert.DoesNotContain(storage.Files, f => f.StartsWith("extents", StringComparison.Ordinal));
    }

    [Fact]
    public void Zeroes_and_discards_replace_data_and_keep_their_states()
    {
        var storage = Create();
        using var region = Open(storage);
        region.Write(1000, 0, 10, version: 1);
        region.Apply(force: true);
        region.Append(b => b.AddWriteZeroes(One, new JobId(1001), new BlockIndex(1), 3));
        region.Append(b => b.AddDiscard(One, new JobId(1002), new BlockIndex(3), 2));

        BlockState[] expected =
            [BlockState.Data, BlockState.Zeroes, BlockState.Zeroes, BlockState.NeverWritten, BlockState.NeverWritten, BlockState.Data];
        Assert.Equal(expected, region.States(0, 6));
        region.Apply(force: true);

        Assert.Equal(expected, region.States(0, 6));
        Assert.Equal(new byte[4 * 512], region.ReadProved(1, 4));
    }

    [Fact]
    public void A_discard_of_what_was_never_written_makes_no_file()
    {
        var storage = Create();
        using var region = Open(storage);
        region.Append(b => b.AddDiscard(One, new JobId(1000), new BlockIndex(0), 100));

        region.Apply(force: true);

        Assert.DoesNotContain(storage.Files, f => f.StartsWith("extents", StringComparison.Ordinal));
    }

    [Fact]
    public void A_flush_cleans_every_dirty_extent_and_no_other()
    {
        using var region = Open(Create());
        region.Write(1000, 0, 1, 1);
        region.Write(1001, 250, 1, 1);

        Assert.True(region.VersionOf(new ExtentId(0)).Dirty);
        region.Flush(1002, number: 7);

        var flushed = new ExtentVersion(One, new FlushNumber(7), Dirty: false, Faulted: false);
        Assert.Equal(flushed, region.VersionOf(new ExtentId(0)));
        Assert.Equal(default, region.VersionOf(new ExtentId(1)));
        Assert.Equal(flushed, region.VersionOf(new ExtentId(2)));
        Assert.Equal(new ReplicaPosition(One, new JobId(1002)), region.State.Position);
        Assert.Equal(new FlushNumber(7), region.State.FlushNumber);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_state_survives_a_crash_and_a_clean_close(bool crash)
    {
        var storage = Create();
        var session = new SessionId(Guid.NewGuid());
        var volume = new VolumeId(Guid.NewGuid());
        RegionState before;
        var region = Open(storage);
        region.Append(b => b.AddVolume(volume));
        region.Append(b => b.AddPromote(new Generation(5), session));
        region.Append(b => b.AddInSync(new Generation(5), new JobId(1234), new FlushNumber(6)));
        region.Append(b => b.AddBeginRepair());
        before = region.State;
        region.Sync();
        if (crash)
        {
            storage.Crash(new Random(1), keep: 0);
        }
        else
        {
            region.Close();
        }

        using var reopened = Open(storage);
        Assert.Equal(before, reopened.State);
        Assert.Equal(volume, before.Volume);
        Assert.Equal(session, before.PromisedSession);
        Assert.Equal(new ReplicaPosition(new Generation(5), new JobId(1234)), before.Position);
        Assert.Equal((new Generation(5), new FlushNumber(6)), (before.FlushGeneration, before.FlushNumber));
        Assert.True(before.Repairing);
    }

    [Fact]
    public void I4_a_lower_generation_or_the_same_for_another_session_is_refused()
    {
        using var region = Open(Create());
        var session = new SessionId(Guid.NewGuid());
        region.Append(b => b.AddPromote(new Generation(5), session));

        Assert.Equal(ErrorCode.NotActive, region.BeginAppend().AddPromote(new Generation(4), session).Error);
        Assert.Equal(ErrorCode.NotActive, region.BeginAppend().AddPromote(new Generation(5), new SessionId(Guid.NewGuid())).Error);
        Assert.True(region.BeginAppend().AddPromote(new Generation(5), session).IsAdded);
    }

    [Fact]
    public void A_repair_write_leaves_the_position()
    {
        using var region = Open(Create());
        region.Write(1000, 0, 1, 1);
        var data = Data(Small, 5, 2, 9);

        region.Append(b => b.AddRepairWrite(new BlockIndex(5), 2, Contexts(Small, 5, data), data));

        Assert.Equal(new JobId(1000), region.State.Position.Job);
        Assert.Equal(data, region.ReadProved(5, 2));
    }

    [Fact]
    public void I6_a_block_that_its_context_does_not_prove_is_refused()
    {
        using var region = Open(Create());
        var data = Data(Small, 0, 2, 1);
        var contexts = Contexts(Small, 0, data);
        data[700] ^= 1;
        var batch = region.BeginAppend();

        Assert.Equal(ErrorCode.IntegrityError, batch.AddWrite(One, new JobId(1), new BlockIndex(0), 2, contexts, data).Error);
        Assert.True(batch.IsEmpty);
    }

    [Fact]
    public void Jobs_that_do_not_fit_the_region_are_refused()
    {
        using var region = Open(Create());
        var data = Data(Small, 99, 2, 1);
        var contexts = Contexts(Small, 99, data);
        var batch = region.BeginAppend();

        Assert.Equal(ErrorCode.OutOfRange, batch.AddWrite(One, new JobId(1), new BlockIndex(99), 2, contexts, data).Error);
        Assert.Equal(ErrorCode.OutOfRange, batch.AddDiscard(One, new JobId(1), new BlockIndex(1000), 1).Error);
        Assert.Equal(ErrorCode.NotAligned, batch.AddWrite(One, new JobId(1), new BlockIndex(0), 2, contexts.AsSpan(0, 20), data).Error);
        Assert.Equal(
            ErrorCode.NotAligned,
            batch.AddWrite(One, new JobId(1), new BlockIndex(0), 1, Contexts(Small, 0, Data(Small, 0, 1, 1)), new byte[511]).Error);
        Assert.Equal(ErrorCode.OutOfRange, region.Read(new BlockIndex(99), 2, new byte[32], new byte[1024], out _));
    }

    [Fact]
    public void A_batch_is_one_write_and_knows_what_it_overlaps()
    {
        var storage = Create();
        using var region = Open(storage);
        var batch = region.BeginAppend();
        batch.AddWrite(Small, 1000, 10, 5, 1);
        batch.AddWrite(Small, 1001, 12, 1, 2);
        batch.AddFlush(One, new JobId(1002), new FlushNumber(1));

        Assert.True(batch.Overlaps(new BlockIndex(14), 1));
        Assert.False(batch.Overlaps(new BlockIndex(15), 10));
        var writes = storage.WriteCount;
        Assert.Equal(ErrorCode.None, region.Commit(batch));

        Assert.Equal(1, storage.WriteCount - writes);
        Assert.Equal(Data(Small, 12, 1, 2), region.ReadProved(12, 1));
        Assert.Equal(Data(Small, 13, 1, 1), region.ReadProved(13, 1));
    }

    [Fact]
    public void One_flush_is_one_sync_however_many_extents_it_touches()
    {
        var storage = Create();
        using var region = Open(storage);
        for (var extent = 0UL; extent < 10; extent++)
        {
            region.Write(1000 + extent, extent * 100, 1, 1);
        }

        var syncs = storage.SyncCount;
        region.Flush(1010, 1);

        Assert.Equal(1, storage.SyncCount - syncs);
        Assert.Equal(region.Appended, region.Durable);
    }

    [Fact]
    public void I7_a_full_journal_says_so_and_takes_more_after_an_apply()
    {
        using var region = Open(Create(new RegionDefinition(4096, 1024, 10)), largeWriteBytes: 0);
        var definition = region.Definition;
        var jobs = 0UL;
        AppendResult result;
        while (true)
        {
            var batch = region.BeginAppend();
            result = batch.AddWrite(definition, 1000 + jobs, (jobs * 256) % 1024, 256, jobs);
            if (!result.IsAdded)
            {
                break;
            }

            Assert.Equal(ErrorCode.None, region.Commit(batch));
            jobs++;
        }

        Assert.Equal(AppendStatus.RegionFull, result.Status);
        Assert.True(region.IsFull);
        Assert.True(region.NeedsApply);
        Assert.InRange(jobs, 2UL, 3UL);
        Assert.Equal(ErrorCode.None, region.Apply(force: false));
        region.Write(1000 + jobs, 0, 256, 99);
        Assert.Equal(Data(definition, 0, 256, 99), region.ReadProved(0, 256));
        Assert.Equal(Data(definition, 256, 256, 1), region.ReadProved(256, 256));
    }

    [Fact]
    public void A_discard_of_blocks_that_were_never_written_takes_no_room_in_the_index()
    {
        var storage = Create();
        var region = Open(storage);
        region.Write(1000, 10, 5, 1);
        region.Append(b => b.AddDiscard(One, new JobId(1001), new BlockIndex(0), 100));
        region.Append(b => b.AddDiscard(One, new JobId(1002), new BlockIndex(100), 100));
        region.Write(1003, 110, 5, 2);
        Assert.Equal(ErrorCode.None, region.Sync());

        storage.Crash(new Random(1), keep: 0);
        region = Open(storage);
        var plan = region.PlanApply(force: true)!;

        Assert.Equal(10, plan.BlockCount);
        Assert.Equal(new JobId(1003), region.State.Position.Job);
        Assert.True(region.VersionOf(new ExtentId(0)).Dirty);
        Assert.All(region.States(0, 100), state => Assert.Equal(BlockState.NeverWritten, state));
        Assert.Equal(ErrorCode.None, region.Execute(plan));
        region.Commit(plan);
        Assert.All(region.States(0, 100), state => Assert.Equal(BlockState.NeverWritten, state));
        Assert.Equal(Data(Small, 110, 5, 2), region.ReadProved(110, 5));
        region.Append(b => b.AddDiscard(One, new JobId(1004), new BlockIndex(100), 100));
        Assert.All(region.States(100, 100), state => Assert.Equal(BlockState.NeverWritten, state));
    }

    // Records of 112 bytes fill a ring of 37376 times that to its last byte: the batch across goes on where the ring begins.
    [Fact]
    public void I1_a_batch_whose_record_ends_with_the_ring_goes_on_at_its_beginning()
    {
        var storage = Create();
        var job = 1000UL;
        using (var region = Open(storage))
        {
            Empty(region, 100 * 256, batchSize: 256, ref job);
            Assert.Equal(ErrorCode.None, region.Apply(force: true));
            Empty(region, (46 * 256) + 100, batchSize: 100, ref job);
            region.Flush(job, 1);
        }

        using var again = Open(storage);
        Assert.Equal(new JobId(job), again.State.Position.Job);
        Assert.All(again.States(0, 100), state => Assert.Equal(BlockState.Zeroes, state));
    }

    [Fact]
    public void The_ring_goes_round_many_times()
    {
        var storage = Create(new RegionDefinition(4096, 1024, 2));
        var region = Open(storage);
        for (var lap = 0UL; lap < 60; lap++)
        {
            region.Write(1000 + lap, lap % 7 * 100, 99, lap);
            if (lap % 5 == 0)
            {
                region.Flush(2000 + lap, lap + 1);
            }

            region.Apply(force: lap % 11 == 0);
            if (lap % 13 == 0)
            {
                region.Close();
                region = Open(storage);
            }

            Assert.Equal(Data(region.Definition, lap % 7 * 100, 99, lap), region.ReadProved(lap % 7 * 100, 99));
        }

        region.Close();
    }

    [Fact]
    public void After_a_clean_close_nothing_is_replayed()
    {
        var storage = Create();
        var region = Open(storage);
        region.Write(1000, 0, 10, 1);
        region.Close();

        using var reopened = Open(storage);

        Assert.Equal(0UL, reopened.JournalBytesUsed);
        Assert.Equal(Data(Small, 0, 10, 1), reopened.ReadProved(0, 10));
    }

    [Fact]
    public void A_cached_read_says_when_it_would_have_to_wait()
    {
        var storage = Create();
        using var region = Open(storage);
        region.Write(1000, 0, 1, 1);
        var contexts = new byte[16];
        var data = new byte[512];

        Assert.True(region.TryReadCached(new BlockIndex(0), 1, contexts, data, out var length, out var error));
        Assert.Equal((512, ErrorCode.None), (length, error));
        Assert.Equal(Data(Small, 0, 1, 1), data);
        storage.Failures.NothingCached = true;

        Assert.False(region.TryReadCached(new BlockIndex(0), 1, contexts, data, out _, out _));
    }

    [Fact]
    public void A_reader_sees_the_journal_and_writes_nothing()
    {
        var storage = Create();
        var region = Open(storage);
        region.Write(1000, 0, 10, 1);
        region.Sync();
        storage.Kill();
        var writes = storage.WriteCount;

        using var reader = Open(storage, readOnly: true);
        using var second = Open(storage, readOnly: true);

        Assert.Equal(Data(Small, 0, 10, 1), reader.ReadProved(0, 10));
        var batch = reader.BeginAppend();
        batch.AddWrite(Small, 1001, 0, 1, 2);
        Assert.Equal(ErrorCode.ReadOnly, reader.Commit(batch));
        Assert.Equal(writes, storage.WriteCount);
        Assert.Throws<RegionInUseException>(() => Open(storage));
    }

    [Fact]
    public void A_region_that_is_open_cannot_be_opened_again()
    {
        var storage = Create();
        using var region = Open(storage);

        Assert.Contains("pid 1", Assert.Throws<RegionInUseException>(() => Open(storage)).Message, StringComparison.Ordinal);
        Assert.Throws<RegionInUseException>(() => Open(storage, readOnly: true));
    }

    private static byte[] ReadContexts(Region region, ulong start, uint count)
    {
        var contexts = new byte[count * (uint)region.Definition.ContextSizeBytes];
        Assert.Equal(ErrorCode.None, region.ReadContexts(new BlockIndex(start), count, contexts));
        return contexts;
    }

    private static void Empty(Region region, int count, int batchSize, ref ulong job)
    {
        while (count > 0)
        {
            var batch = region.BeginAppend();
            for (var i = 0; i < Math.Min(batchSize, count); i++)
            {
                Assert.True(batch.AddWriteZeroes(One, new JobId(job), new BlockIndex(job % 100), 1).IsAdded);
                job++;
            }

            count -= batch.Count;
            Assert.Equal(ErrorCode.None, region.Commit(batch));
        }
    }
}
