namespace Crucible.Integration.Tests.Faults.Crashes;

/// <summary>What a change does to its block.</summary>
internal enum ChangeKind
{
    Write,
    Zeroes,
    Discard,
}

/// <summary>
/// The changes of one run, numbered from 1 in the order in which they are issued: which block each is to, and what it does. The
/// same seed tells the same plan to the guest that dies and to who looks at what it left.
/// </summary>
internal sealed class OrderedPlan(ulong seed, int blockCount)
{
    public (int Block, ChangeKind Kind) this[ulong number]
    {
        get
        {
            unchecked
            {
                var mixed = (seed * 0x9E37_79B9_7F4A_7C15) + (number * 0xD1B5_4A32_D192_ED03);
                mixed = (mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9;
                mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
                mixed ^= mixed >> 31;
                var kind = ((mixed >> 40) % 100) switch
                {
                    < 85 => ChangeKind.Write,
                    < 93 => ChangeKind.Zeroes,
                    _ => ChangeKind.Discard,
                };
                return ((int)((uint)mixed % (uint)blockCount), kind);
            }
        }
    }
}
