using Crucible.Dsc.Processes;

namespace Crucible.Dsc.Tests.Processes;

public sealed class SiblingProgramsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_program_beside_dsc_comes_first()
    {
        var beside = Make("dsc/release/crucible-downstairs");
        Make("crucible-downstairs/release/crucible-downstairs");

        Assert.Equal(beside, new SiblingPrograms(_folder["dsc/release"]).Find("crucible-downstairs", null));
    }

    [Fact]
    public void In_a_checkout_it_is_the_one_of_the_same_configuration()
    {
        var release = Make("crucible-downstairs/release/crucible-downstairs");
        var debug = Make("crucible-downstairs/debug/crucible-downstairs");

        Assert.Equal(release, new SiblingPrograms(_folder["dsc/release"]).Find("crucible-downstairs", null));
        Assert.Equal(debug, new SiblingPrograms(_folder["dsc/debug/"]).Find("crucible-downstairs", null));
    }

    [Fact]
    public void The_one_asked_for_is_the_one_or_none()
    {
        var wanted = Make("elsewhere/mine");
        Make("dsc/release/crucible-downstairs");
        var programs = new SiblingPrograms(_folder["dsc/release"]);

        Assert.Equal(wanted, programs.Find("crucible-downstairs", wanted));
        var e = Assert.Throws<DscException>(() => programs.Find("crucible-downstairs", _folder["absent"]));
        Assert.Equal($"there is no program {_folder["absent"]}", e.Message);
    }

    [Fact]
    public void Where_there_is_none_the_message_says_where_it_was_looked_for()
    {
        var e = Assert.Throws<DscException>(() => new SiblingPrograms(_folder["dsc/release"]).Find("crucible-downstairs", null));

        Assert.Contains(_folder["dsc/release/crucible-downstairs"], e.Message, StringComparison.Ordinal);
        Assert.Contains(_folder["crucible-downstairs/release/crucible-downstairs"], e.Message, StringComparison.Ordinal);
    }

    private string Make(string name)
    {
        var file = _folder[name];
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "");
        return file;
    }
}
