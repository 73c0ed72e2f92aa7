using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Crucible.Upstairs;

/// <summary>Where a downstairs listens: a name or an address, and a port.</summary>
internal sealed record Target(string Host, int Port)
{
    /// <exception cref="InvalidVolumeOptionsException">Not <c>host:port</c>.</exception>
    public static Target Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        var host = colon > 0 ? text[..colon].Trim() : "";
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
        }

        return host.Length > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is > 0 and <= ushort.MaxValue
            ? new Target(host, port)
            : throw new InvalidVolumeOptionsException($"target '{text}' is not host:port");
    }

    /// <summary>The first address of the host. Blocks while a name is looked up.</summary>
    /// <exception cref="SocketException">The name is not known.</exception>
    public IPEndPoint Resolve()
    {
        if (IPAddress.TryParse(Host, out var address))
        {
            return new IPEndPoint(address, Port);
        }

        var addresses = Dns.GetHostAddresses(Host);
        var first = Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetwork)
            ?? (addresses.Length > 0 ? addresses[0] : throw new SocketException((int)SocketError.HostNotFound));
        return new IPEndPoint(first, Port);
    }

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");
}
