using System.Diagnostics;
using System.Globalization;

namespace Crucible.Dsc.Tests;

/// <summary>Small real processes that keep to the command lines of our programs, so that dsc's part is tested alone.</summary>
internal sealed class FakePrograms
{
    /// <summary>
    /// Called as <c>run -d DIR -a ADDRESS -p PORT</c>: notes its process id, says that it listens (any port is 4000), and
    /// ends with its standard input, noting that too.
    /// </summary>
    private const string DownstairsScript = """
        #!/bin/sh
        dir=$3
        case $1 in
        create)
            shift; echo "$*" >"$dir.arguments"
            if [ -e "$dir/region.json" ]; then echo "error: $dir holds a region"; exit 1; fi
            mkdir -p "$dir"; echo '{}' >"$dir/region.json"; : >"$dir/lock"
            echo "created new region file $dir/region.json" ;;
        run)
            echo $$ >>"$dir.pids"
            if [ -e "$dir.broken" ]; then echo "error: $dir is broken"; exit 7; fi
            port=$7; if [ "$port" = 0 ]; then port=4000; fi
            echo "listening on $5:$port"
            while read -r line; do :; done
            echo "drained"
            : >"$dir.drained" ;;
        esac
        """;

    private readonly TemporaryFolder _folder;

    public FakePrograms(TemporaryFolder folder, string upstairsScript = "echo \"client $*\"; echo all Tests done")
    {
        _folder = folder;
        Downstairs = Write("crucible-downstairs", DownstairsScript);
        Upstairs = Write("crucible-upstairs", "#!/bin/sh\n" + upstairsScript);
    }

    public string Downstairs { get; }

    public string Upstairs { get; }

    /// <summary>The ids of all processes that ran on a region so far.</summary>
    public static IReadOnlyList<int> ProcessIds(string region) =>
        [.. File.ReadLines($"{region}.pids").Select(line => int.Parse(line, CultureInfo.InvariantCulture))];

    /// <summary>Whether a process on the region came to its own end instead of being killed.</summary>
    public static bool Drained(string region) => File.Exists($"{region}.drained");

    /// <summary>Lets processes that start on the region fail before they listen.</summary>
    public static void Break(string region) => File.WriteAllText($"{region}.broken", "");

    /// <summary>A directory with what the fake takes for a region.</summary>
    public string MakeRegion(string name)
    {
        var region = _folder[name];
        Directory.CreateDirectory(region);
        File.WriteAllText(Path.Combine(region, "region.json"), "{}");
        return region;
    }

    /// <summary>Sends a signal, by name.</summary>
    public static void Signal(string signal, int process)
    {
        using var kill = Process.Start("sh", ["-c", "kill -s \"$1\" \"$2\"", "sh", signal, $"{process}"]);
        kill.WaitForExit();
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Completes once a process, a child of ours or not, is gone.</summary>
    public static async Task GoneAsync(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
        }
        catch (ArgumentException)
        {
            // It is gone already.
        }
    }

    private string Write(string name, string script)
    {
        var file = _folder[name];
        File.WriteAllText(file, script);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return file;
    }
}
