namespace Crucible.Storage;

/// <summary>What became of a job handed to an <see cref="AppendBatch"/>.</summary>
public enum AppendStatus : byte
{
    /// <summary>It is part of the batch.</summary>
    Added,

    /// <summary>The batch is full: commit it, then add the job to the next one.</summary>
    BatchFull,

    /// <summary>The journal is full: commit the batch, wait until the journal was applied, then try again.</summary>
    RegionFull,

    /// <summary>It can never be added: <see cref="AppendResult.Error"/> says why.</summary>
    Refused,
}

/// <summary>What became of a job handed to an <see cref="AppendBatch"/>; the error is set only where it was refused.</summary>
public readonly record struct AppendResult(AppendStatus Status, ErrorCode Error)
{
    public static readonly AppendResult Added = new(AppendStatus.Added, ErrorCode.None);

    public static readonly AppendResult BatchFull = new(AppendStatus.BatchFull, ErrorCode.None);

    public static readonly AppendResult RegionFull = new(AppendStatus.RegionFull, ErrorCode.None);

    public static AppendResult Refused(ErrorCode error) => new(AppendStatus.Refused, error);

    public bool IsAdded => Status == AppendStatus.Added;
}
