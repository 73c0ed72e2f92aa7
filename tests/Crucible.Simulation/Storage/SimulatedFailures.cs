using Crucible.Storage;

namespace Crucible.Simulation;

/// <summary>Which operations of a simulated disk fail. A count of n lets n succeed first; null means never.</summary>
public sealed class SimulatedFailures
{
    /// <summary>Reads that succeed before one fails.</summary>
    public int? ReadsLeft { get; set; }

    /// <summary>Writes that succeed before one fails, after doing part of its work.</summary>
    public int? WritesLeft { get; set; }

    /// <summary>Syncs that succeed before one fails; later ones succeed again, without what this one should have written.</summary>
    public int? SyncsLeft { get; set; }

    /// <summary>Only files whose name begins with it fail.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Writes that need new sectors fail with no space.</summary>
    public bool NoSpace { get; set; }

    /// <summary>Reads that would not wait answer that they would have to.</summary>
    public bool NothingCached { get; set; }

    internal void BeforeRead(string name)
    {
        ReadsLeft = Count(ReadsLeft, name, out var fails);
        if (fails)
        {
            throw Error("read", name);
        }
    }

    internal bool FailsWrite(string name)
    {
        WritesLeft = Count(WritesLeft, name, out var fails);
        return fails;
    }

    internal bool FailsSync(string name)
    {
        SyncsLeft = Count(SyncsLeft, name, out var fails);
        return fails;
    }

    internal void BeforeSync(string name)
    {
        if (FailsSync(name))
        {
            throw Error("sync", name);
        }
    }

    internal static StorageException Error(string what, string name, ErrorCode code = ErrorCode.IoError) =>
        new(code, $"cannot {what} simulated/{name}: as ordered");

    private int? Count(int? left, string name, out bool fails)
    {
        fails = left == 0 && name.StartsWith(Prefix, StringComparison.Ordinal);
        return fails ? null : left > 0 && name.StartsWith(Prefix, StringComparison.Ordinal) ? left - 1 : left;
    }
}
