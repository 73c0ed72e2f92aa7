using System.Net;

namespace Crucible.Hosting.Tests;

public sealed class ControlAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:9001", "127.0.0.1", 9001)]
    [InlineData("0.0.0.0:0", "0.0.0.0", 0)]
    [InlineData("[::1]:80", "::1", 80)]
    [InlineData("localhost:65535", "localhost", 65535)]
    public void Host_and_port_are_read(string text, string host, int port)
    {
        Assert.True(ControlAddress.TryParse(text, out var address));

        Assert.Equal(new ControlAddress(host, port), address);
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData("9001")]
    [InlineData(":9001")]
    [InlineData("host:")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    [InlineData("::1:80")]
    [InlineData("a b:80")]
    [InlineData("http://host:80")]
    public void Anything_else_is_refused(string text) => Assert.False(ControlAddress.TryParse(text, out _));

    [Fact]
    public void A_name_becomes_an_address_and_ipv4_is_preferred()
    {
        Assert.True(ControlAddress.TryParse("localhost:7", out var address));

        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 7), address.Resolve());
    }
}
