using Crucible.Dsc.Supervision;

namespace Crucible.Dsc.Tests.Supervision;

public sealed class RestartBackoffTests
{
    private readonly RestartBackoff _backoff = new(
        first: TimeSpan.FromSeconds(1), longest: TimeSpan.FromSeconds(5), stableAfter: TimeSpan.FromSeconds(60));

    [Fact]
    public void The_wait_doubles_up_to_its_limit() =>
        Assert.Equal([1, 2, 4, 5, 5], Enumerable.Range(0, 5).Select(_ => _backoff.AfterExit(TimeSpan.Zero).TotalSeconds));

    [Fact]
    public void A_process_that_ran_for_a_while_starts_from_the_beginning()
    {
        _backoff.AfterExit(TimeSpan.Zero);
        _backoff.AfterExit(TimeSpan.Zero);

        Assert.Equal(1, _backoff.AfterExit(TimeSpan.FromSeconds(60)).TotalSeconds);
        Assert.Equal(2, _backoff.AfterExit(TimeSpan.FromSeconds(59)).TotalSeconds);
    }
}
