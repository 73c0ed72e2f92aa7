namespace Crucible.Downstairs;

/// <summary>What the core tells people about; never once a job.</summary>
public enum DownstairsEvent
{
    /// <summary>A greeting was accepted; the text tells the version and what is asked for.</summary>
    Greeted,

    /// <summary>A greeting or a promotion was refused; the text tells why.</summary>
    Refused,

    /// <summary>A connection is the active one now.</summary>
    Active,

    /// <summary>Another connection took over from this one.</summary>
    Superseded,

    /// <summary>The peer broke the protocol; the text tells how.</summary>
    Violation,

    /// <summary>The peer said goodbye.</summary>
    Goodbye,

    /// <summary>Replayed jobs that the region held already were acknowledged without being done again.</summary>
    Replayed,

    /// <summary>The region takes no further job; the text tells why.</summary>
    Faulted,
}
