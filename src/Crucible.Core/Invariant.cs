using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Crucible;

/// <summary>Checks that stay on in Release: one condition each.</summary>
public static class Invariant
{
    /// <exception cref="InvariantException">The condition is false: a bug of ours.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Require(
        [DoesNotReturnIf(false)] bool condition,
        [CallerArgumentExpression(nameof(condition))] string expression = "")
    {
        if (!condition)
        {
            Throw(expression);
        }
    }

    [DoesNotReturn]
    private static void Throw(string expression) => throw new InvariantException(expression);
}
