using Crucible.Protocol;
using Crucible.Storage;

namespace Crucible.Downstairs.Tests;

public class WorkTests
{
    [Fact]
    public void The_guides_run_writes_two_extents_flushes_and_reads_back()
    {
        using var region = new TestRegion(new RegionDefinition(512, 100, 10));
        using var daemon = new TestDaemon(region);
        using var client = daemon.Activate();

        client.Write(1000, 99, 1, 0xA1);
        client.Write(1001, 100, 1, 0xA2);
        client.Flush(1002, 1);

        Assert.Equal([0xA1], client.Read(1003, 99, 1));
        Assert.Equal([0xA2, -1], client.Read(1004, 100, 2));
    }

    [Fact]
    public void What_arrives_together_is_done_in_order_and_answered()
    {
        using var region = new TestRegion();
        using var daemon = new TestDaemon(region);
        using var client = daemon.Activate();

        client.QueueWrite(1000, 0, 4, 1);
        client.QueueWrite(1001, 1, 2, 2);
        client.QueueRead(1002, 0, 4);
        client.QueueWrite(1003, 0, 1, 3);
        client.QueueRead(1004, 0, 2);
        client.Frames.Flush();

        Assert.Equal(new JobId(1000), client.Receive<JobAckHeader>().Job);
        Assert.Equal(new JobId(1001), client.Receive<JobAckHeader>().Job);
        Assert.Equal([1, 2, 2, 1], client.TakeRead(1002, 0, 4));
        Assert.Equal(new JobId(1003), client.Receive<JobAckHeader>().Job);
        Assert.Equal([3, 2], client.TakeRead(1004, 0, 2));
    }

    [Fact]
    public void Zeroes_and_discards_take_the_data_away()
    {
        using var region = new TestRegion();
        using var daemon = new TestDaemon(region);
        using var client = daemon.Activate();
        client.Write(1000, 0, 4, 7);

        client.Send(new WriteZeroesHeader(client.Generation, new JobId(1001), default, new BlockIndex(1), 1, default));
        client.Send(new DiscardHeader(client.Generation, new JobId(1002), default, new BlockIndex(2), 1, default));
        Assert.Equal(ErrorCode.None, client.Receive<JobAckHeader>().Result);
        Assert.Equal(ErrorCode.None, client.Receive<JobAckHeader>().Result);

        Assert.Equal([7, -1, -1, 7], client.Read(1003, 0, 4));
    }

    [Fact]
    public void I1_what_was_flushed_is_there_after_a_restart_and_versions_and_position_tell_of_it()
    {
        using var region = new TestRegion();
        using (var daemon = new TestDaemon(region))
        using (var client = daemon.Activate(generation: 3))
        {
            client.Write(1000, 64, 2, 9);
            client.Flush(1001, 5);
        }

        using var again = new TestDaemon(region);
        using var reader = again.Connect();
        reader.Greet(readOnly: true);
        reader.Send(default(QueryRegionInfoHeader));
        var info = reader.Receive<RegionInfoHeader>();
        reader.Send(new QueryExtentVersionsHeader(new ExtentId(1), 1));
        var version = ExtentVersion.Read(reader.Receive<ExtentVersionsHeader>().Versions.Span);

        Assert.Equal((new Generation(3), new JobId(1001)), (info.PositionGeneration, info.PositionJob));
        Assert.Equal(new ExtentVersion(new Generation(3), new FlushNumber(5), false, false), version);
        Assert.Equal([-1, 9, 9], reader.Read(1, 63, 1).Concat(reader.Read(2, 64, 2)));
    }

    [Fact]
    public void A_full_journal_makes_writes_wait_for_the_applier_and_loses_none()
    {
        using var region = new TestRegion(new RegionDefinition(4096, 512, 4));
        using var daemon = new TestDaemon(region);
        using var client = daemon.Activate();

        ulong job = 1000;
        for (var round = 1; round <= 24; round++)
        {
            client.QueueWrite(job++, (ulong)(round % 4 * 512), 256, (byte)round);
            client.Frames.Flush();
        }

        for (var i = 0; i < 24; i++)
        {
            Assert.Equal(ErrorCode.None, client.Receive<JobAckHeader>().Result);
        }

        Assert.Equal([24, 21, 22, 23], Enumerable.Range(0, 4).Select(extent => client.Read(job++, (ulong)(extent * 512), 1)[0]));
    }

    [Fact]
    public void Contexts_are_told_without_data()
    {
        using var region = new TestRegion();
        using var daemon = new TestDaemon(region);
        using var client = daemon.Activate();
        client.Write(1000, 2, 1, 5);

        client.Send(new ReadContextsHeader(client.Generation, JobId.FirstControl, new BlockIndex(1), 3, Verify: false));
        var answer = client.Receive<ContextsAckHeader>();

        Assert.Equal((JobId.FirstControl, ErrorCode.None), (answer.Job, answer.Result));
        Assert.Equal(
            [BlockState.NeverWritten, BlockState.Data, BlockState.NeverWritten],
            Enumerable.Range(0, 3).Select(i => BlockContext.State(answer.Contexts.Span[(i * 16)..])));
    }

    [Fact]
    public void What_is_told_of_extents_and_region_holds_every_job_that_came_before_in_the_same_packet()
    {
        using var region = new TestRegion();
        using var daemon = new TestDaemon(region);
        using var client = daemon.Activate();

        client.QueueWrite(1000, 2, 1, 5);
        client.Frames.Enqueue(new QueryExtentVersionsHeader(new ExtentId(0), 1));
        client.QueueFlush(1001, 1);
        client.Frames.Enqueue(new QueryExtentVersionsHeader(new ExtentId(0), 1));
        client.Frames.Enqueue(default(QueryRegionInfoHeader));
        client.Frames.Flush();

        Assert.Equal(new JobId(1000), client.Receive<JobAckHeader>().Job);
        Assert.True(ExtentVersion.Read(client.Receive<ExtentVersionsHeader>().Versions.Span).Dirty);
        var told = new List<object>();
        while (told.Count < 3)
        {
            told.Add(client.ReceiveAny());
        }

        Assert.Equal(
            new ExtentVersion(client.Generation, new FlushNumber(1), false, false),
            ExtentVersion.Read(told.OfType<ExtentVersionsHeader>().Single().Versions.Span));
        Assert.Equal(new JobId(1001), told.OfType<RegionInfoHeader>().Single().PositionJob);
    }

    [Fact]
    public void I6_contexts_are_proved_against_the_data_where_that_is_asked_for()
    {
        using var region = new TestRegion();
        using (var before = new TestDaemon(region))
        {
            using var writer = before.Activate();
            writer.Write(1000, 0, 4, 5);
            writer.Flush(1001, 1);
        }

        region.FlipBit("extents/00/000/000", (2 * 512) + 17);
        using var daemon = new TestDaemon(region);
        using var client = daemon.Activate(2);

        client.Send(new ReadContextsHeader(client.Generation, JobId.FirstControl, new BlockIndex(0), 4, Verify: true));
        var answer = client.Receive<ContextsAckHeader>();

        Assert.Equal(ErrorCode.None, answer.Result);
        Assert.Equal(
            [true, true, false, true],
            Enumerable.Range(0, 4).Select(i => BlockContext.IsKnown(answer.Contexts.Span.Slice(i * 16, 16))));
    }

    [Fact]
    public void A_job_that_waits_is_told_with_its_age()
    {
        using var region = new TestRegion();
        var storage = new FailingStorage(new LinuxStorageDirectory(region.Path));
        using var daemon = new TestDaemon(region, opened: Region.Open(storage, new RegionOpenOptions()));
        using var client = daemon.Activate();
        storage.Syncs.Reset();
        client.QueueFlush(1000, 1);
        client.Frames.Flush();
        Assert.True(SpinWait.SpinUntil(() => daemon.GetWork().Unsynced == 1, TimeSpan.FromSeconds(30)));

        var first = Assert.Single(daemon.GetWork().Jobs);
        Thread.Sleep(50);
        var later = Assert.Single(daemon.GetWork().Jobs);

        storage.Syncs.Set();
        Assert.Equal(new JobAckHeader(new JobId(1000), ErrorCode.None), client.Receive<JobAckHeader>());
        Assert.Equal((new JobId(1000), JobWait.Sync), (first.Job, first.Waits));
        Assert.InRange(first.Age, TimeSpan.Zero, TimeSpan.FromSeconds(31));
        Assert.InRange(later.Age - first.Age, TimeSpan.FromMilliseconds(45), TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void A_question_after_its_health_is_answered()
    {
        using var region = new TestRegion();
        using var daemon = new TestDaemon(region);
        using var client = daemon.Connect();
        client.Greet();

        client.Send(new RuokHeader(42));

        Assert.Equal(42ul, client.Receive<ImokHeader>().Sequence);
    }
}
