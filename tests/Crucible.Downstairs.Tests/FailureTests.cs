using System.Diagnostics;
using Crucible.Protocol;
using Crucible.Storage;

namespace Crucible.Downstairs.Tests;

public class FailureTests
{
    [Fact]
    public void I10_a_failed_sync_is_told_and_never_tried_into_a_success()
    {
        using var region = new TestRegion();
        var storage = new FailingStorage(new LinuxStorageDirectory(region.Path));
        using var daemon = new TestDaemon(region, opened: Region.Open(storage, new RegionOpenOptions()));
        using var client = daemon.Activate();
        client.Write(1000, 0, 1, 1);
        storage.FailSyncs(true);

        client.QueueFlush(1001, 1);
        client.Frames.Flush();
        Assert.Equal(ErrorCode.IoError, client.Receive<ErrorReportHeader>().Code);
        Assert.Equal(new JobAckHeader(new JobId(1001), ErrorCode.IoError), client.Receive<JobAckHeader>());

        storage.FailSyncs(false);
        client.QueueWrite(1002, 0, 1, 2);
        client.QueueFlush(1003, 2);
        client.Frames.Flush();
        Assert.Equal(new JobAckHeader(new JobId(1002), ErrorCode.RegionFaulted), client.Receive<JobAckHeader>());
        Assert.Equal(new JobAckHeader(new JobId(1003), ErrorCode.RegionFaulted), client.Receive<JobAckHeader>());
        Assert.Equal(1, storage.FailedSyncs);

        using var next = daemon.Connect();
        next.Greet();
        next.RequestPromotion(2);
        var refused = next.Receive<RefusedHeader>();
        Assert.Equal(RefusalCode.Faulted, refused.Code);
        Assert.Contains("must be restarted", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void I10_a_region_whose_sync_failed_goes_on_reading_what_was_durable_and_nothing_else()
    {
        using var region = new TestRegion();
        var storage = new FailingStorage(new LinuxStorageDirectory(region.Path));
        using var daemon = new TestDaemon(region, opened: Region.Open(storage, new RegionOpenOptions()));
        using var client = daemon.Activate();
        client.Write(1000, 0, 2, 1);
        client.Flush(1001, 1);
        client.Write(1002, 1, 1, 2);
        storage.FailSyncs(true);
        client.QueueFlush(1003, 2);
        client.Frames.Flush();
        client.Receive<ErrorReportHeader>();
        client.Receive<JobAckHeader>();

        Assert.Equal([1], client.Read(1004, 0, 1));
        Assert.Equal([-1, -1], client.Read(1005, 2, 2));
        client.QueueRead(1006, 1, 1);
        client.Frames.Flush();
        Assert.Equal(ErrorCode.RegionFaulted, client.Receive<ReadAckHeader>().Result);
    }

    [Fact]
    public void I5_I7_a_full_disk_fails_jobs_in_bounded_time_answers_on_and_is_whole_again_once_there_is_space()
    {
        using var region = new TestRegion(new RegionDefinition(4096, 512, 4), RegionFormat.MinJournalBytes);
        var storage = new FailingStorage(new LinuxStorageDirectory(region.Path));
        using var daemon = new TestDaemon(region, opened: Region.Open(storage, new RegionOpenOptions()));
        using var client = daemon.Activate();
        storage.FillUp(true);

        var job = 1000UL;
        var began = Stopwatch.GetTimestamp();
        var taken = 0;
        JobAckHeader ack;
        do
        {
            client.QueueWrite(job, 256 * ((job - 1000) % 8), 256, (byte)(job - 999));
            client.Frames.Flush();
            ack = client.ReceiveAck();
            Assert.Equal(new JobId(job++), ack.Job);
            taken += ack.Result == ErrorCode.None ? 1 : 0;
        }
        while (ack.Result == ErrorCode.None);

        Assert.Equal(ErrorCode.NoSpace, ack.Result);
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0.9, 15);
        client.Send(new RuokHeader(7));
        Assert.Equal(7ul, client.Receive<ImokHeader>().Sequence);
        Assert.Equal([taken], client.Read(job++, (ulong)(256 * (taken - 1)), 1));

        // No job waits a second time, and none is taken that might fit: what is held stays a prefix.
        client.QueueWrite(job, 0, 1, 99);
        client.QueueFlush(job + 1, 1);
        client.Frames.Flush();
        Assert.Equal(ErrorCode.NoSpace, client.Receive<JobAckHeader>().Result);
        Assert.Equal(ErrorCode.NoSpace, client.Receive<JobAckHeader>().Result);

        storage.FillUp(false);
        using var next = TakeOver(daemon, generation: 2);
        Assert.Equal([1], next.Read(1000, 0, 1));
        next.Write(1001, 0, 1, 50);
        next.Flush(1002, 1);
        Assert.Equal([50], next.Read(1003, 0, 1));
    }

    /// <summary>Tries until the region has room again: the daemon frees it by itself.</summary>
    private static TestClient TakeOver(TestDaemon daemon, ulong generation)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            var client = daemon.Connect();
            client.Greet();
            client.RequestPromotion(generation);
            if (client.ReceivePromotion())
            {
                return client;
            }

            client.Dispose();
            Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 20);
        }
    }

    [Fact]
    public void A_write_that_could_not_be_journalled_is_the_last_one_taken_and_what_was_flushed_outlives_it()
    {
        using var region = new TestRegion();
        var storage = new FailingStorage(new LinuxStorageDirectory(region.Path));
        using (var daemon = new TestDaemon(region, opened: Region.Open(storage, new RegionOpenOptions())))
        using (var client = daemon.Activate())
        {
            client.Write(1000, 0, 1, 1);
            client.Flush(1001, 1);
            storage.FailWrites();

            client.QueueWrite(1002, 0, 1, 2);
            client.QueueWrite(1003, 1, 1, 3);
            client.Frames.Flush();

            Assert.Equal(ErrorCode.IoError, client.Receive<ErrorReportHeader>().Code);
            Assert.NotEqual(ErrorCode.None, client.Receive<JobAckHeader>().Result);
            Assert.NotEqual(ErrorCode.None, client.Receive<JobAckHeader>().Result);
        }

        using var again = new TestDaemon(region);
        using var reader = again.Connect();
        reader.Greet(readOnly: true);
        Assert.Equal([1, -1], reader.Read(1, 0, 2));
    }
}
