using System.Buffers.Binary;

namespace Crucible.Nbd;

/// <summary>Takes apart the data of an option; whatever does not fit turns <see cref="Failed"/>, and the rest reads as nothing.</summary>
internal ref struct OptionData(ReadOnlySpan<byte> data)
{
    private ReadOnlySpan<byte> _rest = data;

    /// <summary>The data was too short, or a string too long.</summary>
    public bool Failed { get; private set; }

    /// <summary>All of it was taken, and it fitted.</summary>
    public readonly bool IsDone => !Failed && _rest.IsEmpty;

    public ushort TakeUInt16() => Take(2) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : (ushort)0;

    public uint TakeUInt32() => Take(4) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : 0;

    /// <summary>A 32-bit length and so many bytes, at most <see cref="NbdLimits.MaxStringBytes"/>.</summary>
    public ReadOnlySpan<byte> TakeString()
    {
        var length = TakeUInt32();
        if (length > NbdLimits.MaxStringBytes)
        {
            Failed = true;
        }

        return Failed ? default : Take((int)length);
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (Failed || _rest.Length < length)
        {
            Failed = true;
            return default;
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
