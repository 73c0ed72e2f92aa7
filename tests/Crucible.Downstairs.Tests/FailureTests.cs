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
        Assert.Equal(RefusalCode.Faulted, next.Receive<RefusedHeader>().Code);
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
