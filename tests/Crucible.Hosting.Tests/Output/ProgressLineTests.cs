namespace Crucible.Hosting.Tests;

public sealed class ProgressLineTests
{
    private const long MiB = 1 << 20;

    private readonly ManualTimeProvider _time = new();
    private readonly StringWriter _writer = new();

    [Fact]
    public void A_short_operation_prints_nothing()
    {
        foreach (var isTerminal in new[] { true, false })
        {
            using (var progress = Create(100, isTerminal))
            {
                _time.Advance(TimeSpan.FromSeconds(0.9));
                progress.Report(100);
            }
        }

        Assert.Equal("", _writer.ToString());
    }

    [Fact]
    public void Away_from_a_terminal_a_line_comes_every_two_seconds_and_one_at_the_end()
    {
        using (var progress = Create(100 * MiB, isTerminal: false))
        {
            for (var second = 1; second <= 5; second++)
            {
                _time.Advance(TimeSpan.FromSeconds(1));
                progress.Report(second * 20 * MiB);
                progress.Report(second * 20 * MiB);
            }
        }

        Assert.Equal(
            [
                "import  40 % 40 MiB of 100 MiB 20.0 MiB/s ETA 3 s",
                "import  80 % 80 MiB of 100 MiB 20.0 MiB/s ETA 1 s",
                "import 100 % 100 MiB of 100 MiB 20.0 MiB/s",
            ],
            Lines());
    }

    [Fact]
    public void On_a_terminal_a_bar_is_redrawn_in_place_at_most_ten_times_a_second()
    {
        using (var progress = Create(100, isTerminal: true))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            progress.Report(25);
            _time.Advance(TimeSpan.FromMilliseconds(50));
            progress.Report(26);
            _time.Advance(TimeSpan.FromMilliseconds(50));
            progress.Report(50);
        }

        var drawings = _writer.ToString().TrimEnd('\n').Split('\r', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(3, drawings.Length);
        Assert.StartsWith("import [######------------------]  25 %", drawings[0], StringComparison.Ordinal);
        Assert.StartsWith("import [############------------]  50 %", drawings[1], StringComparison.Ordinal);
        Assert.EndsWith("\n", _writer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_shorter_line_wipes_the_longer_one_before_it()
    {
        using var progress = Create(null, isTerminal: true);
        _time.Advance(TimeSpan.FromSeconds(1));
        progress.Report(123456);
        _time.Advance(TimeSpan.FromSeconds(1));
        progress.Report(1024);

        var drawings = _writer.ToString().Split('\r', StringSplitOptions.RemoveEmptyEntries);

        Assert.True(drawings[0].Length > drawings[1].TrimEnd().Length);
        Assert.Equal(drawings[0].Length, drawings[1].Length);
    }

    [Fact]
    public void A_hundred_per_cent_is_said_only_when_all_is_done()
    {
        using var progress = Create(100_000, isTerminal: false);
        _time.Advance(TimeSpan.FromSeconds(2));

        progress.Report(99_999);

        Assert.Contains(" 99 %", _writer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_total_only_bytes_and_rate_are_told()
    {
        using var progress = Create(null, isTerminal: false);
        _time.Advance(TimeSpan.FromSeconds(2));

        progress.Report(4 * MiB);

        Assert.Equal(["import 4 MiB 2.0 MiB/s"], Lines());
    }

    [Fact]
    public void Disposing_twice_prints_once()
    {
        var progress = Create(MiB, isTerminal: false);
        _time.Advance(TimeSpan.FromSeconds(1.5));
        progress.Report(MiB);

        progress.Dispose();
        progress.Dispose();

        Assert.Single(Lines());
    }

    [Fact]
    public void Switched_off_it_prints_nothing()
    {
        using (var progress = new ProgressLine("import", 10, null, isTerminal: true, _time))
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            progress.Report(5);
        }

        Assert.Equal("", _writer.ToString());
    }

    private ProgressLine Create(long? totalBytes, bool isTerminal) =>
        new("import", totalBytes, _writer, isTerminal, _time);

    private string[] Lines() => _writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
