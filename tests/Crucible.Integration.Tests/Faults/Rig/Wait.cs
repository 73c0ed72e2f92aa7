using System.Diagnostics;

namespace Crucible.Integration.Tests.Faults.Rig;

/// <summary>Polls a condition that nothing announces, with a deadline.</summary>
internal static class Wait
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);

    /// <summary>Waits until a condition holds; tells how long that took.</summary>
    /// <param name="condition">Looked at every few milliseconds.</param>
    /// <param name="patience">The deadline.</param>
    /// <param name="otherwise">What to say when it passed.</param>
    public static Task<TimeSpan> UntilAsync(Func<bool> condition, TimeSpan patience, Func<string> otherwise) =>
        UntilAsync(() => Task.FromResult(condition()), patience, otherwise);

    /// <summary>The same for a condition that takes a while to see.</summary>
    public static async Task<TimeSpan> UntilAsync(Func<Task<bool>> condition, TimeSpan patience, Func<string> otherwise)
    {
        var start = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(Interval);
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < patience, $"after {patience.TotalSeconds:0} s: {otherwise()}");
            await timer.WaitForNextTickAsync();
        }

        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Lets a fault last for its time: the fault itself, no wait for anything.</summary>
    public static Task LetItLastAsync(TimeSpan time) => Task.Delay(time);
}
