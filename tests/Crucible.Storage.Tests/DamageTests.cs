using Crucible.Simulation;
using static Crucible.Storage.Tests.TestRegion;

namespace Crucible.Storage.Tests;

public class DamageTests
{
    private const string FirstExtent = "extents/00/000/000";
    private const int ContextsOffset = 100 * 512;
    private static readonly Generation Two = new(2);

    [Fact]
    public void I6_a_context_page_of_zeroes_is_damage_and_not_never_written_blocks()
    {
        var storage = Applied();
        storage.Damage(FirstExtent, ContextsOffset, new byte[512]);
        using var region = Open(storage);

        Assert.Equal(ErrorCode.IntegrityError, region.TryRead(0, 100, out _, out var contexts));

        Assert.All(contexts.AsSpan(0, 31 * 16).ToArray(), b => Assert.Equal(0xFF, b));
        Assert.Equal(Data(Small, 31, 69, 1), region.ReadProved(31, 69));
        Assert.True(region.VersionOf(new ExtentId(0)).Faulted);
    }

    [Fact]
    public void I6_another_page_s_contexts_are_not_believed()
    {
        var storage = Applied();
        var page = storage.ReadAll(FirstExtent).AsSpan(ContextsOffset + 512, 512).ToArray();
        storage.Damage(FirstExtent, ContextsOffset, page);
        using var region = Open(storage);

        Assert.Equal(ErrorCode.IntegrityError, region.TryRead(0, 1, out _, out _));
    }

    [Theory]
    [InlineData("lost")]
    [InlineData("cut")]
    [InlineData("metadata")]
    public void I6_an_extent_that_is_missing_cut_or_foreign_is_refused_and_the_others_are_served(string how)
    {
        var storage = Applied();
        switch (how)
        {
            case "lost":
                storage.Lose(FirstExtent);
                break;
            case "cut":
                storage.DamageLength(FirstExtent, 4096);
                break;
            default:
                storage.FlipBit(FirstExtent, ContextsOffset + (4 * 512) + 12, 3);
                break;
        }

        using var region = Open(storage);

        Assert.Equal(ErrorCode.IntegrityError, region.TryRead(7, 1, out _, out _));
        Assert.Equal(Data(Small, 100, 10, 1), region.ReadProved(100, 10));
        Assert.True(region.VersionOf(new ExtentId(0)).Faulted);
        Assert.False(region.VersionOf(new ExtentId(1)).Faulted);
    }

    [Fact]
    public void I6_a_damaged_extent_heals_block_by_block_and_then_as_a_whole()
    {
        var storage = Applied();
        storage.Lose(FirstExtent);
        var region = Open(storage);
        Assert.Equal(ErrorCode.IntegrityError, region.TryRead(7, 1, out _, out _));

        region.Write(2000, 0, 50, version: 5);
        region.Apply(force: true);

        Assert.Equal(Data(Small, 0, 50, 5), region.ReadProved(0, 50));
        Assert.Equal(ErrorCode.IntegrityError, region.TryRead(50, 1, out _, out _));
        Assert.True(region.VersionOf(new ExtentId(0)).Faulted);
        region.Close();

        region = Open(storage);
        Assert.True(region.VersionOf(new ExtentId(0)).Faulted);
        Assert.Equal(ErrorCode.IntegrityError, region.TryRead(50, 1, out _, out _));
        region.Append(b => b.AddDiscard(One, new JobId(2001), new BlockIndex(50), 50));
        region.Apply(force: true);

        Assert.False(region.VersionOf(new ExtentId(0)).Faulted);
        Assert.Equal(Data(Small, 0, 50, 5), region.ReadProved(0, 50));
        Assert.All(region.States(50, 50), s => Assert.Equal(BlockState.NeverWritten, s));
        region.Close();
    }

    [Fact]
    public void I6_a_block_damaged_at_rest_is_found_by_a_verifying_read_and_by_the_verifier()
    {
        var storage = Applied();
        storage.FlipBit(FirstExtent, (3 * 512) + 100, 5);
        using var region = Open(storage);
        var contexts = new byte[100 * 16];
        var data = new byte[100 * 512];

        Assert.Equal(ErrorCode.None, region.Read(new BlockIndex(0), 100, contexts, data, out _));
        Assert.Equal(
            ErrorCode.IntegrityError, region.Read(new BlockIndex(0), 100, contexts, data, out var length, verify: true));
        Assert.Equal(99 * 512, length);
        Assert.Equal(Data(Small, 4, 96, 1), data.AsSpan(3 * 512, 96 * 512).ToArray());

        var verifier = new RegionVerifier(region);
        Assert.False(verifier.Verify(null, CancellationToken.None));
        Assert.Equal([new RegionFinding(new ExtentId(0), new BlockIndex(3), 1, ErrorCode.IntegrityError)], verifier.Findings);
    }

    [Fact]
    public void I6_a_version_page_that_is_damaged_or_gone_makes_its_extents_suspect_and_loses_no_block()
    {
        foreach (var gone in new[] { false, true })
        {
            var storage = Applied();
            if (gone)
            {
                storage.Damage("versions", 0, new byte[512]);
            }
            else
            {
                storage.FlipBit("versions", 5, 1);
            }

            using var region = Open(storage);

            Assert.True(region.VersionOf(new ExtentId(0)).Faulted);
            Assert.Equal(Data(Small, 0, 100, 1), region.ReadProved(0, 100));
            Assert.Equal(ErrorCode.IntegrityError, region.TryRead(950, 1, out _, out _));
        }
    }

    [Fact]
    public void One_damaged_checkpoint_slot_does_not_matter_where_the_other_leads_to_everything()
    {
        for (var slot = 0; slot < 2; slot++)
        {
            var storage = Applied();
            storage.FlipBit("journal", (slot * 4096) + 20, 1);
            using var region = Open(storage);

            Assert.Equal(Data(Small, 0, 100, 1), region.ReadProved(0, 100));
            Assert.Equal(new FlushNumber(1), region.State.FlushNumber);
        }
    }

    [Fact]
    public void A_damaged_newest_checkpoint_is_an_error_once_the_ring_space_it_freed_was_used_again()
    {
        var storage = Create(new RegionDefinition(4096, 1024, 2));
        var region = Open(storage, largeWriteBytes: 0);
        for (var i = 0UL; i < 3; i++)
        {
            region.Write(1000 + i, 0, 250, i);
        }

        region.Apply(force: true);
        for (var i = 0UL; i < 2; i++)
        {
            region.Write(2000 + i, 0, 250, 10 + i);
        }

        region.Sync();
        storage.Kill();
        storage.Damage("journal", Newest(storage) * 4096, new byte[512]);

        Assert.Throws<RegionCorruptException>(() => Open(storage));
    }

    private static int Newest(SimulatedStorage storage)
    {
        var journal = storage.ReadAll("journal");
        return BitConverter.ToUInt64(journal, 16) > BitConverter.ToUInt64(journal, 4096 + 16) ? 0 : 1;
    }

    [Fact]
    public void Both_checkpoint_slots_damaged_is_a_clear_error()
    {
        var storage = Applied();
        storage.FlipBit("journal", 20, 1);
        storage.FlipBit("journal", 4096 + 20, 1);

        Assert.Contains("checkpoints", Assert.Throws<RegionCorruptException>(() => Open(storage)).Message, StringComparison.Ordinal);
        using var lockIsFree = storage.TryLock("lock", exclusive: true, out _);
        Assert.NotNull(lockIsFree);
    }

    [Theory]
    [InlineData("journal")]
    [InlineData("versions")]
    public void A_missing_file_is_a_clear_error(string name)
    {
        var storage = Applied();
        storage.Lose(name);

        Assert.Contains(name, Assert.Throws<RegionCorruptException>(() => Open(storage)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void I3_a_journal_cut_short_before_it_was_in_sync_remembers_the_generation_that_guests_wrote_under()
    {
        var storage = Create();
        var region = Open(storage);
        region.Append(b => b.AddInSync(One));
        region.Flush(5000, 1);
        region.Write(5001, 0, 1, 1);
        region.Append(b => b.AddInSync(Two));
        Assert.Equal(ErrorCode.None, region.Sync());
        region.Append(b => b.AddFlush(Two, new JobId(5002), new FlushNumber(2)));
        Assert.Equal(ErrorCode.None, region.Sync());
        region.Append(b => b.AddDiscard(Two, new JobId(5003), new BlockIndex(0), 1));
        Assert.Equal(ErrorCode.None, region.Sync());
        storage.Kill();
        storage.FlipBit("journal", storage.ReadAll("journal").AsSpan().IndexOf(Data(Small, 0, 1, 1)), 1);

        region = Open(storage);

        Assert.True(region.State.Repairing);
        Assert.Equal((Two, new ReplicaPosition(Two, new JobId(5002))), (region.State.InSyncGeneration, region.State.Position));
        storage.Kill();
    }

    [Fact]
    public void I5_a_journal_cut_short_remembers_no_generation_in_sync_that_no_guest_was_served_under()
    {
        var storage = Create();
        var region = Open(storage);
        region.Append(b => b.AddInSync(One));
        region.Flush(5000, 1);
        region.Write(5001, 0, 1, 1);
        region.Append(b => b.AddInSync(Two));
        Assert.Equal(ErrorCode.None, region.Sync());
        region.Append(b => b.AddPromote(Two, default));
        Assert.Equal(ErrorCode.None, region.Sync());
        storage.Kill();
        storage.FlipBit("journal", storage.ReadAll("journal").AsSpan().IndexOf(Data(Small, 0, 1, 1)), 1);

        region = Open(storage);

        Assert.True(region.State.Repairing);
        Assert.Equal((One, Two), (region.State.InSyncGeneration, region.State.PromisedGeneration));
        storage.Kill();
    }

    /// <summary>Two extents written, flushed, applied, closed.</summary>
    private static SimulatedStorage Applied()
    {
        var storage = Create();
        using var region = Open(storage);
        region.Write(1000, 0, 100, version: 1);
        region.Write(1001, 100, 100, version: 1);
        region.Flush(1002, 1);
        return storage;
    }
}
