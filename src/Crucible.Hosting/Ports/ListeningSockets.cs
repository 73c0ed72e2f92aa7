using System.Globalization;

namespace Crucible.Hosting;

/// <summary>
/// Reads the kernel's tables of TCP sockets (<c>/proc/net/tcp</c> and <c>tcp6</c>): one line a socket, columns parted by
/// spaces: number, local address as hex <c>ADDRESS:PORT</c>, remote address, state, …, and in the tenth the inode.
/// </summary>
internal static class ListeningSockets
{
    private const int LocalAddressColumn = 1;
    private const int StateColumn = 3;
    private const int InodeColumn = 9;
    private const string ListenState = "0A";

    /// <summary>The inodes of the sockets that listen on a port. Lines it cannot read are passed over.</summary>
    public static IEnumerable<ulong> InodesOf(IEnumerable<string> table, int port)
    {
        foreach (var line in table)
        {
            var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length > InodeColumn &&
                columns[StateColumn] == ListenState &&
                PortOf(columns[LocalAddressColumn]) == port &&
                ulong.TryParse(columns[InodeColumn], NumberStyles.None, CultureInfo.InvariantCulture, out var inode))
            {
                yield return inode;
            }
        }
    }

    private static int? PortOf(string address)
    {
        var digits = address.AsSpan(address.LastIndexOf(':') + 1);
        return int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var port) ? port : null;
    }
}
