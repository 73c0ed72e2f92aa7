namespace Crucible.Upstairs.Core.Tests;

public class GuestLatencyTests
{
    private readonly GuestLatency _latency = new();
    private Instant _now = new(TimeSpan.TicksPerSecond);

    [Theory]
    [InlineData(0.3)]
    [InlineData(50)]
    [InlineData(437)]
    [InlineData(12_000)]
    [InlineData(3_000_000)]
    public void What_is_told_is_what_was_seen_an_eighth_more_at_most(double microseconds)
    {
        var took = TimeSpan.FromMicroseconds(microseconds);

        Window(took, 1000, repairs: false);

        Assert.InRange(_latency.Usual!.Value, took, (took * 9 / 8) + TimeSpan.FromTicks(2 * 8));
    }

    [Fact]
    public void It_is_the_99th_percentile()
    {
        for (var i = 0; i < 9; i++)
        {
            _latency.Record(TimeSpan.FromMilliseconds(50));
        }

        Window(TimeSpan.FromMicroseconds(100), 1000, repairs: false);
        Assert.InRange(_latency.Usual!.Value.TotalMicroseconds, 100, 130);

        for (var i = 0; i < 30; i++)
        {
            _latency.Record(TimeSpan.FromMilliseconds(50));
        }

        Window(TimeSpan.FromMicroseconds(100), 1000, repairs: false);
        Assert.InRange(_latency.Usual!.Value.TotalMilliseconds, 50, 60);
    }

    [Fact]
    public void One_window_in_which_a_disk_stood_still_is_soon_forgotten()
    {
        for (var i = 0; i < 30; i++)
        {
            Window(TimeSpan.FromMicroseconds(100), 1000, repairs: false);
        }

        Window(TimeSpan.FromMilliseconds(5), 60, repairs: false);

        Assert.InRange(_latency.Usual!.Value.TotalMicroseconds, 100, 130);
    }

    [Fact]
    public void How_many_are_slow_during_a_repair_is_told_beside_what_is_usual()
    {
        Window(TimeSpan.FromMicroseconds(100), 1000, repairs: false);
        Assert.Null(_latency.PartSlowerThan(TimeSpan.Zero));

        for (var i = 0; i < 40; i++)
        {
            var wasLooking = _latency.IsLooking;
            for (var slow = 0; slow < 20; slow++)
            {
                _latency.Record(TimeSpan.FromMicroseconds(wasLooking ? 100 : 900));
            }

            Window(TimeSpan.FromMicroseconds(100), 980, repairs: true);
            Assert.Equal(wasLooking ? null : 0.02, _latency.PartSlowerThan(TimeSpan.FromMicroseconds(300)));
        }

        Assert.InRange(_latency.Usual!.Value.TotalMicroseconds, 100, 130);
    }

    [Fact]
    public void An_idle_guest_is_told_as_such_and_what_was_usual_is_remembered()
    {
        Window(TimeSpan.FromMicroseconds(100), 1000, repairs: false);
        Window(TimeSpan.FromMicroseconds(100), 1000, repairs: true);
        Assert.False(_latency.IsIdle);
        Assert.Equal(1, _latency.PartSlowerThan(TimeSpan.Zero));

        _now += TimeSpan.FromSeconds(1);
        _latency.OnTick(_now, repairs: true);

        Assert.True(_latency.IsIdle);
        Assert.Null(_latency.PartSlowerThan(TimeSpan.Zero));
        Assert.NotNull(_latency.Usual);
        Assert.False(_latency.IsLooking);
    }

    private void Window(TimeSpan took, int count, bool repairs)
    {
        for (var i = 0; i < count; i++)
        {
            _latency.Record(took);
        }

        _now += TimeSpan.FromMilliseconds(100);
        _latency.OnTick(_now, repairs);
    }
}
