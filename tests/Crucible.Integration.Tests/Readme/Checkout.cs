namespace Crucible.Integration.Tests.Readme;

/// <summary>The sources that these tests were built from.</summary>
internal static class Checkout
{
    /// <summary>Their folder, which holds the documents and scripts.</summary>
    public static string Folder { get; } = Find();

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Crucible.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("the tests don't run in a checkout");
        }

        return folder;
    }
}
