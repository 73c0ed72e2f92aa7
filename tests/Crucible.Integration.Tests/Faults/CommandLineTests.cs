namespace Crucible.Integration.Tests.Faults;

/// <summary>What scripts/faults does not understand it refuses, and does not run for hours with something else.</summary>
public class CommandLineTests
{
    [Theory]
    [InlineData("", "a command is missing")]
    [InlineData("matrices", "no such command: matrices")]
    [InlineData("matrix --round 3", "no such option: --round")]
    [InlineData("matrix --rounds", "--rounds lacks its value")]
    [InlineData("matrix --rounds many", "--rounds takes a whole number")]
    [InlineData("matrix --rounds 0", "--rounds takes a whole number")]
    [InlineData("matrix --rounds 2 --rounds 3", "--rounds is given twice")]
    [InlineData("matrix --only gremlins", "--only takes one of: ")]
    [InlineData("crash --memory", "no such option: --memory")]
    [InlineData("repair --gib 1 --data-mib 1025", "--data-mib is more than the volume of --gib holds")]
    public async Task A_mistake_is_told_in_one_line_and_ends_it_with_2(string arguments, string problem)
    {
        var result = await Processes.RunningProgram.RunAsync(
            GuestProcess.Program, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        result.Expect(2);
        Assert.StartsWith($"faults: {problem}", result.Error, StringComparison.Ordinal);
        Assert.Contains("usage: scripts/faults", result.Error, StringComparison.Ordinal);
    }
}
