using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Crucible.Upstairs.Program;

/// <summary>URIs by which clients find an export, ready to paste.</summary>
internal static class NbdUri
{
    /// <summary>Over a unix socket.</summary>
    public static string OfUnix(string path, string export, bool tls) =>
        $"{(tls ? "nbds" : "nbd")}+unix:///{Escape(export)}?socket={Escape(path)}";

    /// <summary>Over TCP; every address of this machine is told as its own name for itself.</summary>
    public static string OfTcp(IPEndPoint endPoint, string export, bool tls)
    {
        var address = endPoint.Address;
        var host = address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) ? "localhost"
            : address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]"
            : address.ToString();
        return string.Create(CultureInfo.InvariantCulture, $"{(tls ? "nbds" : "nbd")}://{host}:{endPoint.Port}/{Escape(export)}");
    }

    private static string Escape(string text) => Uri.EscapeDataString(text).Replace("%2F", "/", StringComparison.Ordinal);
}
