using System.Net;

namespace Crucible.Hosting.Tests;

public sealed class OptionsLineTests
{
    [Fact]
    public void The_line_looks_as_the_guide_prints_it()
    {
        var line = OptionsLine.Format(
            ("address", IPAddress.Any), ("port", 3801), ("data", "var/3801"), ("create", true), ("endpoint", null));

        Assert.Equal("""raw options: { address: 0.0.0.0, port: 3801, data: "var/3801", create: true }""", line);
    }

    [Fact]
    public void Lists_stand_in_brackets_and_text_is_escaped()
    {
        var line = OptionsLine.Format(
            ("target", new[] { IPEndPoint.Parse("127.0.0.1:3803"), IPEndPoint.Parse("127.0.0.1:3802") }),
            ("names", new List<string> { "a\nb", "\"c\"" }),
            ("directory", new DirectoryInfo("var/x")),
            ("timeout", TimeSpan.FromMilliseconds(500)),
            ("job_log", JobLog.Brief));

        Assert.Equal(
            "raw options: { target: [127.0.0.1:3803, 127.0.0.1:3802], names: [\"a\\nb\", \"\\\"c\\\"\"], " +
            "directory: \"var/x\", timeout: 500 ms, job_log: brief }",
            line);
    }

    [Fact]
    public void A_secret_is_never_printed()
    {
        var line = OptionsLine.Format(("key", new Secret("hunter2")), ("other", new Secret(null)));

        Assert.Equal("raw options: { key: *** }", line);
        Assert.DoesNotContain("hunter2", $"{new Secret("hunter2")}", StringComparison.Ordinal);
    }
}
