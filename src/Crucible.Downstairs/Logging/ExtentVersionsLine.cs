using System.Globalization;
using System.Text;
using Crucible.Storage;

namespace Crucible.Downstairs;

/// <summary>The extents' flush numbers in the guides' form: <c>[0, 0, 0]</c>.</summary>
public static class ExtentVersionsLine
{
    /// <summary>Extents shown; more than these only tell how many there are.</summary>
    public const uint MostShown = 32;

    public static string Of(Region region)
    {
        var count = region.Definition.ExtentCount;
        var line = new StringBuilder("[");
        for (uint extent = 0; extent < Math.Min(count, MostShown); extent++)
        {
            line.Append(extent == 0 ? "" : ", ")
                .Append(CultureInfo.InvariantCulture, $"{region.VersionOf(new ExtentId(extent)).FlushNumber}");
        }

        return line.Append(count > MostShown ? $", … {count} in all]" : "]").ToString();
    }
}
