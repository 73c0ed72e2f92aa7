using Crucible.Dsc.Ports;

namespace Crucible.Dsc.Tests.Ports;

public sealed class PortPlanTests
{
    [Fact]
    public void A_series_rises_by_its_step() => Assert.Equal([8810, 8820, 8830], PortPlan.Series(8810, 10, 3));

    [Theory]
    [InlineData(0, 1, "port 0 is not from 1 to 65535")]
    [InlineData(65534, 1, "port 65536 is not from 1 to 65535")]
    [InlineData(10, -10, "port 0 is not from 1 to 65535")]
    [InlineData(2147483647, 2147483647, "port 2147483647 is not from 1 to 65535")]
    [InlineData(3801, 0, "a port step of 0 gives all downstairs the same port")]
    public void A_series_that_leaves_the_range_of_ports_is_refused(int first, int step, string message) =>
        Assert.Equal(message, Assert.Throws<DscException>(() => PortPlan.Series(first, step, 3)).Message);

    [Fact]
    public void Free_ports_are_taken_as_wanted() =>
        Assert.Equal([1, 2, 3], PortPlan.Choose([1, 2, 3], anyPort: false, _ => true, _ => null));

    [Fact]
    public void Every_taken_port_is_named_with_its_owner()
    {
        var e = Assert.Throws<DscException>(() => PortPlan.Choose(
            [1, 2, 3], anyPort: false, port => port == 2, port => port == 1 ? "nc (pid 7)" : null));

        Assert.Equal("port 1 is taken by nc (pid 7), port 3 is taken by a process of another user", e.Message);
    }

    [Fact]
    public void Any_port_stands_in_for_those_taken_only() =>
        Assert.Equal([1, PortPlan.Any, 3], PortPlan.Choose([1, 2, 3], anyPort: true, port => port != 2, _ => null));
}
