namespace Crucible.Storage.Tests;

public class CrashTests
{
    private const int Seeds = 2000;
    private const int StepsPerSeed = 60;

    /// <summary>Another range of seeds, to hunt with: first and count, as in <c>5000,100000</c>.</summary>
    private const string SeedsVariable = "CRUCIBLE_STORAGE_SEEDS";

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void I1_I2_I3_after_any_crash_the_region_is_as_it_was_after_one_job_and_no_earlier_than_the_last_sync(int quarter)
    {
        var (first, count) = Range();
        for (var seed = first + quarter; seed < first + count; seed += 4)
        {
            try
            {
                new CrashRun(seed).Go(StepsPerSeed);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
            }
        }
    }

    private static (int First, int Count) Range() =>
        Environment.GetEnvironmentVariable(SeedsVariable)?.Split(',') is [var first, var count]
            ? (int.Parse(first, null), int.Parse(count, null))
            : (0, Seeds);
}
