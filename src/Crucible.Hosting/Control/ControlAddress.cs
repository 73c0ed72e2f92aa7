using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Crucible.Hosting;

/// <summary>Where a program serves its control endpoints, as it was typed.</summary>
/// <param name="Host">A name, or an address without brackets; <c>0.0.0.0</c> and <c>::</c> are all of the machine's.</param>
/// <param name="Port">0 to 65535; 0 takes a free one.</param>
public sealed record ControlAddress(string Host, int Port)
{
    /// <summary>Reads <c>host:port</c> or <c>[address]:port</c>.</summary>
    public static bool TryParse(string text, out ControlAddress address)
    {
        ArgumentNullException.ThrowIfNull(text);
        var colon = text.LastIndexOf(':');
        var host = colon > 0 ? text[..colon] : "";
        var bracketed = host is ['[', .., ']'];
        host = bracketed ? host[1..^1] : host;
        var valid = ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && (bracketed || !host.Contains(':', StringComparison.Ordinal))
            && Uri.CheckHostName(host) != UriHostNameType.Unknown;
        address = new ControlAddress(host, port);
        return valid;
    }

    /// <summary>The first address of the host, an IPv4 one if it has any. Blocks while a name is looked up.</summary>
    /// <exception cref="SocketException">The name is not known.</exception>
    public IPEndPoint Resolve()
    {
        if (IPAddress.TryParse(Host, out var literal))
        {
            return new IPEndPoint(literal, Port);
        }

        var addresses = Dns.GetHostAddresses(Host);
        var first = Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetwork) ?? addresses.FirstOrDefault();
        return new IPEndPoint(first ?? throw new SocketException((int)SocketError.HostNotFound), Port);
    }

    /// <summary>As it is typed.</summary>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
