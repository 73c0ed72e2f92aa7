using Crucible.Dsc.Output;

namespace Crucible.Dsc.Tests;

public sealed class LineOutputTests
{
    [Fact]
    public void A_downstairs_has_its_name_in_front_of_its_lines()
    {
        using var lines = new Lines();

        new LineOutput(lines, colours: false).Line("3801", 0, "listening on 0.0.0.0:3801");

        Assert.Equal(["3801 | listening on 0.0.0.0:3801"], lines.All);
    }

    [Fact]
    public void Colours_are_for_terminals_alone()
    {
        using var lines = new Lines();

        new LineOutput(lines, colours: true).Line("3801", 0, "drained");

        Assert.Equal(["\e[36m3801 |\e[0m drained"], lines.All);
    }
}
