using OpenTelemetry.Exporter;

namespace Crucible.Hosting.Tests;

public sealed class TraceEndpointTests
{
    [Theory]
    [InlineData("localhost:6831", "localhost", 6831)]
    [InlineData("10.1.2.3:1", "10.1.2.3", 1)]
    [InlineData("[::1]:65535", "::1", 65535)]
    public void Host_and_port_are_a_jaeger_agent(string text, string host, int port)
    {
        Assert.Equal(new JaegerAgentEndpoint(text, host, port), TraceEndpoint.Parse(text));
    }

    [Theory]
    [InlineData("http://localhost:4317", OtlpExportProtocol.Grpc, "http://localhost:4317/")]
    [InlineData("https://collector.example:9999", OtlpExportProtocol.Grpc, "https://collector.example:9999/")]
    [InlineData("http://localhost:4318", OtlpExportProtocol.HttpProtobuf, "http://localhost:4318/v1/traces")]
    [InlineData("http://localhost:4318/prefix/", OtlpExportProtocol.HttpProtobuf, "http://localhost:4318/prefix/v1/traces")]
    [InlineData("https://a.example/otlp/v1/traces", OtlpExportProtocol.HttpProtobuf, "https://a.example/otlp/v1/traces")]
    public void An_address_is_an_otlp_collector_whose_port_or_path_tells_the_protocol(
        string text, OtlpExportProtocol protocol, string address)
    {
        Assert.Equal(new OtlpEndpoint(text, new Uri(address), protocol), TraceEndpoint.Parse(text));
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData(":6831")]
    [InlineData("localhost:")]
    [InlineData("localhost:0")]
    [InlineData("localhost:65536")]
    [InlineData("localhost:-1")]
    [InlineData("::1:6831")]
    [InlineData("two words:6831")]
    [InlineData("udp://localhost:6831")]
    [InlineData("http://")]
    [InlineData("http://local host:4317")]
    public void Anything_else_is_refused_with_one_line_that_shows_both_forms(string text)
    {
        var exception = Assert.Throws<UsageException>(() => TraceEndpoint.Parse(text));

        Assert.StartsWith($"trace endpoint '{text}' ", exception.Message, StringComparison.Ordinal);
        Assert.Contains("host:6831", exception.Message, StringComparison.Ordinal);
        Assert.Contains("http://host:4317", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }
}
