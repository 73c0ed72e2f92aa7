namespace MessagePack;

#pragma warning disable CA1720 // The names are the format's own.

/// <summary>The families of the format's codes; a family's members differ in width only.</summary>
public enum MessagePackType : byte
{
    /// <summary>0xc1, the one code the format never uses.</summary>
    Unknown = 0,
    Integer = 1,
    Nil = 2,
    Boolean = 3,
    Float = 4,
    String = 5,
    Binary = 6,
    Array = 7,
    Map = 8,
    Extension = 9,
}
