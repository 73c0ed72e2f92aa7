namespace Crucible.Downstairs;

/// <summary>What the region knows of itself at this moment, its journal included (DESIGN section 5, "Activation").</summary>
/// <param name="Volume">The volume it belongs to, or none.</param>
/// <param name="Promised">The highest generation it durably promised.</param>
/// <param name="Session">The session that generation was promised to.</param>
/// <param name="InSync">The generation it was last in sync in.</param>
/// <param name="Repairing">A repair of it began and has not ended.</param>
/// <param name="PositionGeneration">Generation of the last job it holds.</param>
/// <param name="PositionJob">The last job of that generation that it holds.</param>
/// <param name="FlushGeneration">Generation of the last flush it holds.</param>
/// <param name="Flush">That flush.</param>
/// <param name="Blank">It has never held a job.</param>
/// <param name="Faulted">A write or a sync of its disk failed: it takes no further job until it is opened anew.</param>
/// <param name="Full">The largest job would not fit until its journal is applied.</param>
public readonly record struct RegionFacts(
    VolumeId Volume,
    Generation Promised,
    SessionId Session,
    Generation InSync,
    bool Repairing,
    Generation PositionGeneration,
    JobId PositionJob,
    Generation FlushGeneration,
    FlushNumber Flush,
    bool Blank,
    bool Faulted,
    bool Full = false);
