namespace Crucible.Upstairs;

/// <summary>What repair needs of the stream of jobs.</summary>
internal interface IRepairGuest
{
    /// <summary>The last job that was sent to every replica.</summary>
    JobId LastMutating { get; }

    /// <summary>Sends a flush that no guest asked for; null where there is no room for one now.</summary>
    JobId? TryFlush(Instant now);

    /// <summary>Whether every active replica has done a job.</summary>
    bool IsDoneByActive(JobId id);
}
