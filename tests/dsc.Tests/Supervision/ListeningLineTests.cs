using Crucible.Dsc.Supervision;

namespace Crucible.Dsc.Tests.Supervision;

public sealed class ListeningLineTests
{
    [Theory]
    [InlineData("listening on 0.0.0.0:3801", "0.0.0.0:3801")]
    [InlineData("12:00:00.000 info Crucible.Downstairs: listening on 127.0.0.1:41233", "127.0.0.1:41233")]
    [InlineData("listening on [::1]:3801", "[::1]:3801")]
    public void The_end_point_is_read_from_the_line(string line, string endPoint) =>
        Assert.Equal(endPoint, $"{ListeningLine.Parse(line)}");

    [Theory]
    [InlineData("")]
    [InlineData("listening on 0.0.0.0:0")]
    [InlineData("listening on 0.0.0.0:99999")]
    [InlineData("listening on nowhere:1")]
    [InlineData("listening on 0.0.0.0:3801 failed")]
    [InlineData("glistening on 0.0.0.0:3801")]
    public void Any_other_line_is_none(string line) => Assert.Null(ListeningLine.Parse(line));
}
