namespace Crucible.Upstairs;

/// <summary>Some of the three replicas.</summary>
internal readonly record struct ReplicaMask(byte Bits)
{
    public bool IsEmpty => Bits == 0;

    public int Count => System.Numerics.BitOperations.PopCount(Bits);

    public bool Has(ReplicaId replica) => (Bits & (1 << replica.Value)) != 0;

    public ReplicaMask With(ReplicaId replica) => new((byte)(Bits | (1 << replica.Value)));

    public ReplicaMask Without(ReplicaId replica) => new((byte)(Bits & ~(1 << replica.Value)));
}
