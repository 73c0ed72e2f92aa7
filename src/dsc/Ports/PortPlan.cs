namespace Crucible.Dsc.Ports;

/// <summary>Which port each downstairs is to listen on.</summary>
internal static class PortPlan
{
    /// <summary>Lets the operating system choose; the downstairs tells which one it got when it listens.</summary>
    public const int Any = 0;

    /// <summary>A run of ports: the first, then each a step higher.</summary>
    /// <exception cref="DscException">One is outside 1 to 65535, or the step would give two the same.</exception>
    public static IReadOnlyList<int> Series(int first, int step, int count)
    {
        if (step == 0 && count > 1)
        {
            throw new DscException("a port step of 0 gives all downstairs the same port");
        }

        var ports = Enumerable.Range(0, count).Select(index => first + ((long)step * index)).ToList();
        var bad = ports.FindIndex(port => port is < 1 or > ushort.MaxValue);
        if (bad >= 0)
        {
            throw new DscException($"port {ports[bad]} is not from 1 to {ushort.MaxValue}");
        }

        return [.. ports.Select(port => (int)port)];
    }

    /// <summary>The wanted ports, with <see cref="Any"/> in place of those taken when any will do.</summary>
    /// <param name="wanted">Ports, one a downstairs.</param>
    /// <param name="anyPort">Whether a free port may stand in for one that is taken.</param>
    /// <param name="isFree">Whether nothing listens on a port.</param>
    /// <param name="ownerOf">Names who has a port, in words; null when that cannot be told.</param>
    /// <exception cref="DscException">Some are taken and no other will do; the message says by whom.</exception>
    public static IReadOnlyList<int> Choose(
        IReadOnlyList<int> wanted, bool anyPort, Func<int, bool> isFree, Func<int, string?> ownerOf)
    {
        var taken = wanted.Where(port => !isFree(port)).ToList();
        if (taken.Count == 0)
        {
            return wanted;
        }

        if (anyPort)
        {
            return [.. wanted.Select(port => taken.Contains(port) ? Any : port)];
        }

        var owners = taken.Select(port => $"port {port} is taken by {ownerOf(port) ?? "a process of another user"}");
        throw new DscException(string.Join(", ", owners));
    }
}
