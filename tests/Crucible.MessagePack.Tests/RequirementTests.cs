using Crucible.Tests.Shared;

namespace MessagePack.Tests;

public sealed class RequirementTests
{
    [Fact]
    public void A_missing_tool_skips_with_its_name_and_a_present_one_does_not()
    {
        Assert.Equal("not installed: no-such-tool", new RequiresToolFactAttribute("sh", "no-such-tool").Skip);
        Assert.Null(new RequiresToolFactAttribute("sh").Skip);
    }

    [RequiresPythonModuleFact]
    public void A_missing_python_module_skips_with_its_name() =>
        Assert.EndsWith("no_such_module", new RequiresPythonModuleFactAttribute("no_such_module").Skip, StringComparison.Ordinal);

    [RequiresPythonModuleFact]
    public void A_present_python_module_does_not_skip() =>
        Assert.Null(new RequiresPythonModuleFactAttribute("sys", "json").Skip);
}
