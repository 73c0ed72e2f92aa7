using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Crucible.Upstairs.Program;

/// <summary>Where a downstairs listens, as it was given: a name or an address, and a port.</summary>
/// <param name="Host">A name, or an address without brackets.</param>
/// <param name="Port">1 to 65535.</param>
internal readonly record struct TargetAddress(string Host, int Port)
{
    /// <summary>For <see cref="System.CommandLine.Option{T}.CustomParser"/>: one a token, or several with commas between.</summary>
    public static TargetAddress[] FromArgument(ArgumentResult argument)
    {
        var targets = new List<TargetAddress>();
        foreach (var text in argument.Tokens.SelectMany(t => t.Value.Split(',', StringSplitOptions.TrimEntries)))
        {
            if (!TryParse(text, out var target))
            {
                argument.AddError($"--target: '{text}' is not host:port, such as 127.0.0.1:3801 or [::1]:3801");
                return [];
            }

            targets.Add(target);
        }

        return [.. targets];
    }

    /// <summary>The first address of the host, an IPv4 one if it has any. Blocks while a name is looked up.</summary>
    /// <exception cref="SocketException">The name is not known.</exception>
    public IPEndPoint Resolve()
    {
        var addresses = Dns.GetHostAddresses(Host);
        var first = Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetwork)
            ?? (addresses.Length > 0 ? addresses[0] : throw new SocketException((int)SocketError.HostNotFound));
        return new IPEndPoint(first, Port);
    }

    /// <summary>As it is typed: <c>host:port</c> or <c>[address]:port</c>.</summary>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    /// <summary>Reads <c>host:port</c> or <c>[address]:port</c>.</summary>
    public static bool TryParse(string text, out TargetAddress target)
    {
        var colon = text.LastIndexOf(':');
        var host = colon > 0 ? text[..colon] : "";
        var bracketed = host is ['[', .., ']'];
        host = bracketed ? host[1..^1] : host;
        var valid = int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is > 0 and <= ushort.MaxValue
            && (bracketed || !host.Contains(':', StringComparison.Ordinal))
            && Uri.CheckHostName(host) != UriHostNameType.Unknown;
        target = new TargetAddress(host, port);
        return valid;
    }
}
