using System.Globalization;

namespace Crucible.Downstairs;

/// <summary>A connection of this daemon, counted from 1 over its life.</summary>
public readonly record struct ConnectionId(int Value)
{
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
