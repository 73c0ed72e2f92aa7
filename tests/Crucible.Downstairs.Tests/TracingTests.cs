using System.Collections.Concurrent;
using System.Diagnostics;
using Crucible.Protocol;

namespace Crucible.Downstairs.Tests;

[Collection("alone")]
public class TracingTests
{
    [Fact]
    public void A_job_with_a_trace_context_gets_a_span_below_its_senders_with_the_journals_work_below_it()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Crucible.Downstairs",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var region = new TestRegion();
        using (var daemon = new TestDaemon(region))
        using (var client = daemon.Activate())
        {
            client.QueueWrite(1000, 0, 1, 1, new TraceContext(0xA1, 0xB2, 0xC3, 1));
            client.Frames.Flush();
            client.Receive<JobAckHeader>();
            client.Send(new FlushHeader(
                client.Generation, new JobId(1001), default, new FlushNumber(1), new TraceContext(0xA1, 0xB2, 0xC4, 1)));
            client.Receive<JobAckHeader>();
            client.Write(1002, 0, 1, 2);
        }

        var write = Assert.Single(spans, s => s.OperationName == "downstairs.write");
        Assert.Equal("00000000000000a100000000000000b2", write.TraceId.ToHexString());
        Assert.Equal("00000000000000c3", write.ParentSpanId.ToHexString());
        Assert.Single(spans, s => s.OperationName == "journal.append" && s.ParentSpanId == write.SpanId);
        var flush = Assert.Single(spans, s => s.OperationName == "downstairs.flush");
        Assert.Single(spans, s => s.OperationName == "journal.fsync" && s.ParentSpanId == flush.SpanId);
        Assert.Single(spans, s => s.OperationName == "journal.append" && s.ParentSpanId == flush.SpanId);
        Assert.Equal(5, spans.Count);
    }
}
