namespace Crucible.Dsc.Demo;

/// <summary>What the demo tells at its end: where the data lies and what to type next.</summary>
internal static class NextSteps
{
    /// <param name="options">What was run.</param>
    /// <param name="targets">Where the downstairs listen, if they run on.</param>
    /// <param name="workingFolder">The folder that commands will be typed in; paths below it are shortened.</param>
    public static IEnumerable<string> Lines(DemoOptions options, IReadOnlyList<string> targets, string workingFolder)
    {
        var regions = options.Ports.Select(port => Shown(options.RegionOf(port), workingFolder)).ToList();
        var downstairs = Shown(options.Downstairs, workingFolder);
        yield return $"The volume lies in {string.Join(", ", regions)}: three regions, all alike.";
        yield return "Try next:";
        if (options.Keep)
        {
            var upstairs = $"{Shown(options.Upstairs, workingFolder)}";
            var target = string.Join(' ', targets.Select(address => $"-t {address}"));
            yield return $"  {upstairs} info {target}";
            yield return $"  echo hello | {upstairs} write -o 0 {target}";
            yield return $"  {upstairs} read -o 0 -n 6 {target}";
            yield return "The three downstairs run until Ctrl-C.";
        }
        else
        {
            yield return $"  {downstairs} dump {string.Join(' ', regions.Select(region => $"-d {region}"))}";
            yield return "  ./demo          once more, on the same regions";
            yield return "  ./demo --keep   leaves the three downstairs running, to be used from another terminal";
        }
    }

    private static string Shown(string path, string workingFolder)
    {
        var relative = Path.GetRelativePath(workingFolder, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
