namespace Crucible.Integration.Tests.Nbd.Clients;

/// <summary>A disk of 10 GiB.</summary>
public sealed class SparseTrio() : LargeTrio(SizeBytes)
{
    public const long SizeBytes = 10L << 30;
}
