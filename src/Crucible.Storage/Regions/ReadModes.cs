namespace Crucible.Storage;

/// <summary>What a read brings, and how.</summary>
[Flags]
internal enum ReadModes : byte
{
    /// <summary>The contexts alone, each as it is.</summary>
    Contexts = 0,

    /// <summary>The blocks too. A block that every replica has lost is then as good as damaged.</summary>
    Data = 1,

    /// <summary>Stop where the disk would have to be waited for.</summary>
    CachedOnly = 2,

    /// <summary>With <see cref="Data"/>: contexts that say lost stay as they are, and are no error.</summary>
    KeepLost = 4,
}
