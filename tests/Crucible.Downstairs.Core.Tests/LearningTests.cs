using Crucible.Protocol;

namespace Crucible.Downstairs.Core.Tests;

public class LearningTests
{
    [Fact]
    public void Region_info_tells_what_the_region_knows()
    {
        var harness = new CoreHarness(CoreHarness.Held(5, CoreHarness.Session, 1010) with
        {
            InSync = new Generation(4),
            Repairing = true,
            FlushGeneration = new Generation(3),
            Flush = new FlushNumber(17),
        });
        var peer = harness.Greeted();

        harness.Deliver(peer, default(QueryRegionInfoHeader));

        Assert.Equal(
            new RegionInfoHeader(
                CoreHarness.Volume, new Generation(5), new Generation(4), true, new Generation(5), new JobId(1010),
                new Generation(3), new FlushNumber(17), false),
            harness.Output.LastSent<RegionInfoHeader>());
    }

    [Fact]
    public void Extent_versions_are_told_for_the_range_asked_for()
    {
        var harness = new CoreHarness();
        var peer = harness.Greeted();

        harness.Deliver(peer, new QueryExtentVersionsHeader(new ExtentId(1), 3));

        var answer = harness.Output.LastSent<ExtentVersionsHeader>();
        Assert.Equal(3 * ExtentVersion.SizeBytes, answer.Versions.Length);
        Assert.Equal(new FlushNumber(3), ExtentVersion.Read(answer.Versions.Span[(2 * ExtentVersion.SizeBytes)..]).Flush);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(4, 1)]
    [InlineData(3, uint.MaxValue)]
    [InlineData(0, 0)]
    public void Versions_of_extents_that_are_not_there_are_a_violation(uint first, uint count)
    {
        var harness = new CoreHarness();
        var peer = harness.Greeted();

        harness.Deliver(peer, new QueryExtentVersionsHeader(new ExtentId(first), count));

        Assert.Equal(ConnectionState.Ended, peer.State);
    }

    [Fact]
    public void A_question_after_its_health_is_answered_with_its_number()
    {
        var harness = new CoreHarness();
        var peer = harness.Greeted();

        harness.Deliver(peer, new RuokHeader(77));

        Assert.Equal(77ul, harness.Output.LastSent<ImokHeader>().Sequence);
    }

    [Fact]
    public void A_goodbye_ends_the_connection()
    {
        var harness = new CoreHarness();
        var peer = harness.ActivePeer();

        harness.Deliver(peer, new GoodbyeHeader("done"));

        Assert.Equal(["close 1"], harness.Output.Take());
        Assert.Null(harness.Core.Active);
    }
}
