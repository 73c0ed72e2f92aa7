using MessagePack;

namespace Crucible.Protocol;

/// <summary>
/// The fields of one kind of message. On the wire they follow the kind in the frame's array, in a fixed order; a later
/// version appends fields, and a reader skips those that it does not know.
/// </summary>
/// <typeparam name="TSelf">The implementing type.</typeparam>
public interface IWireHeader<TSelf>
    where TSelf : struct, IWireHeader<TSelf>
{
    /// <summary>The kind that these fields belong to.</summary>
    static abstract MessageKind Kind { get; }

    /// <summary>How many elements <see cref="Write"/> writes.</summary>
    static abstract int FieldCount { get; }

    /// <summary>Writes the fields; neither the kind before nor the payload after them.</summary>
    void Write(ref MessagePackWriter writer);

    /// <summary>Reads the fields. What it returns may point into the reader's memory.</summary>
    /// <exception cref="MessagePackSerializationException">A field is of another type or out of range.</exception>
    static abstract TSelf Read(ref MessagePackReader reader);
}
