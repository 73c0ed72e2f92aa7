namespace Crucible.Upstairs.Core.Tests;

/// <summary>The guest comes first: what repair may copy, held against what the guest's requests take.</summary>
public class RepairPaceTests
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(25);

    private readonly GuestLatency _latency = new();
    private Instant _now = new(TimeSpan.TicksPerSecond);
    private bool _takes = true;

    [Fact]
    public void Copies_are_spread_over_a_tick_and_not_done_all_at_its_beginning()
    {
        var pace = new RepairPace(_latency);
        pace.Refill(_now);

        _now += TimeSpan.FromMilliseconds(1);
        pace.Refill(_now);

        Assert.True(pace.TryTake(64 << 10));
        Assert.True(pace.TryTake(64 << 10), "64 MiB a second are a good 64 KiB in a millisecond");
        Assert.False(pace.TryTake(64 << 10));
    }

    [Fact]
    public void However_long_nothing_was_copied_no_more_than_a_tick_is_saved_up()
    {
        var pace = new RepairPace(_latency);
        pace.Refill(_now);

        _now += TimeSpan.FromMinutes(1);
        pace.Refill(_now);

        Assert.True(pace.TryTake(64L << 20 >> 5));
        Assert.False(pace.TryTake(1));
    }

    [Fact]
    public void It_gives_way_where_requests_take_longer_than_without_it_and_never_to_a_standstill()
    {
        var pace = new RepairPace(_latency);
        Run(pace, seconds: 2, repairs: false, usual: 100, disturbed: 100);
        var before = pace.BytesPerSecond;

        Run(pace, seconds: 1, repairs: true, usual: 100, disturbed: 400);
        Assert.InRange(pace.BytesPerSecond, RepairPace.LeastBytesPerSecond, before / 2);

        Run(pace, seconds: 20, repairs: true, usual: 100, disturbed: 400);
        Assert.Equal(RepairPace.LeastBytesPerSecond, pace.BytesPerSecond);
    }

    [Fact]
    public void It_speeds_up_while_the_guest_notices_nothing()
    {
        var pace = new RepairPace(_latency);
        Run(pace, seconds: 2, repairs: false, usual: 100, disturbed: 100);
        var before = pace.BytesPerSecond;

        Run(pace, seconds: 3, repairs: true, usual: 100, disturbed: 120);

        Assert.True(pace.BytesPerSecond > 2 * before);
    }

    [Fact]
    public void Of_the_guest_s_requests_one_in_a_hundred_is_slow_in_the_end()
    {
        // The faster the copies, the more of the requests are slow: at 40 MiB a second one in a hundred.
        var pace = new RepairPace(_latency);
        Run(pace, seconds: 2, repairs: false, usual: 100, disturbed: 100);
        var random = new Random(1);
        var (slow, all) = (0, 0);
        for (var window = 0; window < 600; window++)
        {
            var part = pace.BytesPerSecond / (double)(40 << 20) / 100;
            for (var i = 0; i < 4; i++)
            {
                for (var request = 0; request < 200; request++)
                {
                    var isSlow = !_latency.IsLooking && random.NextDouble() < part;
                    (slow, all) = (slow + (isSlow && window >= 100 ? 1 : 0), all + (window >= 100 ? 1 : 0));
                    _latency.Record(TimeSpan.FromMicroseconds(isSlow ? 1000 : 100));
                }

                Step(pace, microseconds: 100, requests: 0);
            }
        }

        Assert.InRange((double)slow / all, 0.007, 0.0115);
    }

    [Fact]
    public void More_is_not_allowed_because_nothing_was_to_be_copied()
    {
        var pace = new RepairPace(_latency);
        Run(pace, seconds: 2, repairs: false, usual: 100, disturbed: 100);
        _takes = false;
        Run(pace, seconds: 20, repairs: true, usual: 100, disturbed: 100);

        Assert.InRange(pace.BytesPerSecond, 64 << 20, 100 << 20);
    }

    [Fact]
    public void Beside_an_idle_guest_it_goes_as_fast_as_can_be()
    {
        var pace = new RepairPace(_latency);

        for (var i = 0; i < 120; i++)
        {
            Step(pace, microseconds: 100, requests: 0);
        }

        Assert.True(pace.BytesPerSecond > 1L << 30);
    }

    [Fact]
    public void A_guest_that_asks_for_more_all_at_once_is_no_reason_to_give_way()
    {
        var pace = new RepairPace(_latency);
        Run(pace, seconds: 2, repairs: false, usual: 100, disturbed: 100);

        Run(pace, seconds: 10, repairs: true, usual: 2000, disturbed: 2000);

        Assert.True(pace.BytesPerSecond > 64 << 20, "what is usual is looked at while repair goes on, too");
    }

    [Fact]
    public void Nothing_is_copied_while_the_guest_is_looked_at()
    {
        var pace = new RepairPace(_latency);
        var looks = 0;
        _takes = false;
        pace.Refill(_now);
        for (var i = 0; i < 400; i++)
        {
            Step(pace, microseconds: 100);
            looks += _latency.IsLooking ? 1 : 0;
            Assert.Equal(!_latency.IsLooking, pace.TryTake(1));
        }

        Assert.InRange(looks, 30, 70);
    }

    [Fact]
    public void A_person_s_limit_is_kept_to()
    {
        var pace = new RepairPace(_latency, limitBytesPerSecond: 1 << 20);

        Run(pace, seconds: 3, repairs: true, usual: 100, disturbed: 100);

        Assert.Equal(1 << 20, pace.BytesPerSecond);
    }

    private void Run(RepairPace pace, int seconds, bool repairs, int usual, int disturbed)
    {
        for (var i = 0; i < seconds * 40; i++)
        {
            Step(repairs ? pace : null, repairs && !_latency.IsLooking ? disturbed : usual);
        }
    }

    // A pace is there only while something is repaired.
    private void Step(RepairPace? pace, int microseconds, int requests = 50)
    {
        for (var i = 0; i < requests; i++)
        {
            _latency.Record(TimeSpan.FromMicroseconds(microseconds));
        }

        while (_takes && pace is not null && pace.TryTake(32 << 10))
        {
            // All that is allowed is made use of.
        }

        _now += Tick;
        _latency.OnTick(_now, repairs: pace is not null);
        pace?.OnTick(_now);
    }
}
