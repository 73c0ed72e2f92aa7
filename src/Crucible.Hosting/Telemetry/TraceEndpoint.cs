using System.Globalization;
using OpenTelemetry.Exporter;

namespace Crucible.Hosting;

/// <summary>Where traces go: what the user wrote after <c>--trace-endpoint</c>, understood.</summary>
/// <param name="Text">As written, for messages.</param>
internal abstract record TraceEndpoint(string Text)
{
    private const string Forms = "host:6831 for a Jaeger agent, or http://host:4317 for OTLP";

    /// <summary>Reads an endpoint.</summary>
    /// <exception cref="UsageException">It is neither form, or its port is out of range.</exception>
    public static TraceEndpoint Parse(string text)
    {
        if (text.Contains("://", StringComparison.Ordinal))
        {
            return ParseOtlp(text);
        }

        var colon = text.LastIndexOf(':');
        if (colon <= 0)
        {
            throw new UsageException($"trace endpoint '{text}' has no port: give {Forms}");
        }

        var host = text[..colon];
        var isBareIPv6 = host.Contains(':', StringComparison.Ordinal) && host is not ['[', .., ']'];
        if (isBareIPv6 || Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            throw new UsageException($"trace endpoint '{text}' has no valid host: give {Forms} (IPv6 in brackets)");
        }

        return int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) &&
            port is > 0 and <= ushort.MaxValue
            ? new JaegerAgentEndpoint(text, host.Trim('[', ']'), port)
            : throw new UsageException($"trace endpoint '{text}' has no valid port: give {Forms}");
    }

    private static OtlpEndpoint ParseOtlp(string text)
    {
        const int HttpPort = 4318;
        const string HttpPath = "/v1/traces";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
        {
            throw new UsageException($"trace endpoint '{text}' is no http or https address: give {Forms}");
        }

        if (uri.AbsolutePath.EndsWith(HttpPath, StringComparison.Ordinal))
        {
            return new OtlpEndpoint(text, uri, OtlpExportProtocol.HttpProtobuf);
        }

        return uri.Port == HttpPort
            ? new OtlpEndpoint(text, new Uri(uri, uri.AbsolutePath.TrimEnd('/') + HttpPath), OtlpExportProtocol.HttpProtobuf)
            : new OtlpEndpoint(text, uri, OtlpExportProtocol.Grpc);
    }
}

/// <summary>A Jaeger agent that takes Thrift compact over UDP.</summary>
/// <param name="Text">As written.</param>
/// <param name="Host">A name, or an address without brackets; looked up at the first send.</param>
/// <param name="Port">1 to 65535.</param>
internal sealed record JaegerAgentEndpoint(string Text, string Host, int Port) : TraceEndpoint(Text);

/// <summary>An OpenTelemetry collector.</summary>
/// <param name="Text">As written.</param>
/// <param name="Address">The exact address that requests go to; for gRPC the service's path is added.</param>
/// <param name="Protocol">gRPC, or protobuf in HTTP bodies.</param>
internal sealed record OtlpEndpoint(string Text, Uri Address, OtlpExportProtocol Protocol) : TraceEndpoint(Text);
