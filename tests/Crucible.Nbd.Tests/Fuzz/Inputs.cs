using System.Globalization;

namespace Crucible.Nbd.Tests.Fuzz;

/// <summary>How many inputs a fuzz test takes.</summary>
internal static class Inputs
{
    /// <summary>What <c>CRUCIBLE_FUZZ_INPUTS</c> says, or a test's own small number.</summary>
    public static int Count(int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable("CRUCIBLE_FUZZ_INPUTS"), NumberStyles.None, CultureInfo.InvariantCulture, out var told)
            ? told
            : otherwise;
}
