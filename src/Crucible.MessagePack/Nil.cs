namespace MessagePack;

/// <summary>The format's one value without content; what <see cref="MessagePackReader.ReadNil"/> returns.</summary>
public readonly record struct Nil
{
    public static readonly Nil Default;

    public override string ToString() => "()";
}
