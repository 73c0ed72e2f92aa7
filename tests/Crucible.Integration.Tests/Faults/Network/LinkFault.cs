namespace Crucible.Integration.Tests.Faults.Network;

/// <summary>What a network does to the connections of one replica.</summary>
internal enum LinkFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Nothing passes either way, and nobody is told. What was sent arrives once it is over, as TCP's own resending does.</summary>
    BlackHole,

    /// <summary>What the upstairs sends arrives; no answer does.</summary>
    NoAnswers,

    /// <summary>What the replica sends arrives; no question does.</summary>
    NoQuestions,

    /// <summary>A trickle passes.</summary>
    Slow,

    /// <summary>Now and then a bit is flipped.</summary>
    FlippedBits,
}
