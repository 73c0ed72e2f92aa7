namespace Crucible.Downstairs;

/// <summary>Whether a message must find everything that came before it committed.</summary>
public enum CommitRule
{
    /// <summary>It may join what is being gathered.</summary>
    Never,

    /// <summary>Only where what is being gathered touches the blocks that it asks for.</summary>
    WhereItOverlaps,

    /// <summary>In any case: its answer, or what it notes, is about the whole region.</summary>
    Always,
}
