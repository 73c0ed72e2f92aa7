using System.Diagnostics;
using System.Text.RegularExpressions;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Upstairs;

/// <summary>The library's README shows a program; it is compiled and run, but for the ports, exactly as it stands there.</summary>
public sealed partial class ReadmeTests(DownstairsTrio trio) : IClassFixture<DownstairsTrio>
{
    [Fact]
    public async Task The_dozen_lines_of_the_readme_compile_and_run()
    {
        var lines = CodeBlock().Match(await File.ReadAllTextAsync(FindReadme())).Groups["code"].Value;
        for (var i = 0; i < 3; i++)
        {
            var shown = $"127.0.0.1:{3801 + i}";
            Assert.Contains(shown, lines, StringComparison.Ordinal);
            lines = lines.Replace(shown, trio.Targets[i], StringComparison.Ordinal);
        }

        var project = Directory.CreateDirectory(trio.FileNamed("Sample")).FullName;
        await File.WriteAllTextAsync(Path.Combine(project, "Program.cs"), lines);
        await File.WriteAllTextAsync(Path.Combine(project, "Sample.csproj"), Project());
        await File.WriteAllTextAsync(Path.Combine(project, "nuget.config"), "<configuration><packageSources><clear /></packageSources></configuration>");

        Assert.Contains("Build succeeded", await DotnetAsync(project, "build", "-o", "out", "--nologo"), StringComparison.Ordinal);
        Assert.Equal("hello, volume\n", await DotnetAsync(project, "out/Sample.dll"));
    }

    // Against what was built, not against packages: nothing is downloaded.
    private static string Project()
    {
        string[] assemblies =
        [
            "Crucible.Core", "Crucible.MessagePack", "Crucible.Net", "Crucible.Protocol", "Crucible.Upstairs", "Crucible.Upstairs.Core",
            "Microsoft.Extensions.Logging.Abstractions", "Microsoft.Extensions.DependencyInjection.Abstractions",
        ];
        var references = assemblies.Select(a => $"<Reference Include=\"{Path.Combine(AppContext.BaseDirectory, a)}.dll\" />");
        return $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <UseAppHost>false</UseAppHost>
                <NuGetAudit>false</NuGetAudit>
              </PropertyGroup>
              <ItemGroup>{string.Concat(references)}</ItemGroup>
            </Project>
            """;
    }

    private static string FindReadme()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Crucible.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder.FullName, "src", "Crucible.Upstairs", "README.md");
    }

    private static async Task<string> DotnetAsync(string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };

        // The test host's own settings for a build would make this one a part of it.
        foreach (var name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(RunningProgram.Patience);
        Assert.True(process.ExitCode == 0, $"{output}{await error}");
        return output;
    }

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
