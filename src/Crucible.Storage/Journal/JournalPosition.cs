using System.Globalization;

namespace Crucible.Storage;

/// <summary>A place in the journal, bytes since the region was made; it never wraps. The ring keeps the last of them.</summary>
public readonly record struct JournalPosition(ulong Value) : IComparable<JournalPosition>
{
    public int CompareTo(JournalPosition other) => Value.CompareTo(other.Value);

    public static bool operator <(JournalPosition left, JournalPosition right) => left.Value < right.Value;

    public static bool operator >(JournalPosition left, JournalPosition right) => left.Value > right.Value;

    public static bool operator <=(JournalPosition left, JournalPosition right) => left.Value <= right.Value;

    public static bool operator >=(JournalPosition left, JournalPosition right) => left.Value >= right.Value;

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
