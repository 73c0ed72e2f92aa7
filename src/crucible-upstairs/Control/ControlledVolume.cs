namespace Crucible.Upstairs.Program;

/// <summary>A volume as the control endpoints see it: from before it is open until after it has ended.</summary>
/// <param name="export">The name of the export it is behind; null where there is no server.</param>
/// <param name="opening">Tells how it is, all the time.</param>
internal sealed class ControlledVolume(string? export, OpeningVolume opening)
{
    private readonly TaskCompletionSource<Volume?> _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string? Export => export;

    public VolumeStatus GetStatus() => opening.GetStatus();

    public VolumeWork GetWork(int most) => opening.GetWork(most);

    /// <summary>
    /// What something can be done to; null before it is open. A volume is active a moment before whoever opened it has it in
    /// hand: who has seen that it is waits for this.
    /// </summary>
    public async Task<Volume?> GetOpenedAsync() =>
        _opened.Task.IsCompleted || GetStatus().State == VolumeState.Active ? await _opened.Task.WaitAsync(CancellationToken.None) : null;

    /// <summary>Opens it.</summary>
    /// <exception cref="CrucibleException">It can't be opened.</exception>
    public async Task<Volume> OpenAsync(CancellationToken stop)
    {
        Volume? volume = null;
        try
        {
            return volume = await opening.OpenAsync(stop);
        }
        finally
        {
            _opened.SetResult(volume);
        }
    }
}
