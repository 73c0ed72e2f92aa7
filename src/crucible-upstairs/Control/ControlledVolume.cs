namespace Crucible.Upstairs.Program;

/// <summary>A volume as the control endpoints see it: from before it is open until after it has ended.</summary>
/// <param name="export">The name of the export it is behind; null where there is no server.</param>
/// <param name="opening">Tells how it is, all the time.</param>
internal sealed class ControlledVolume(string? export, OpeningVolume opening)
{
    private volatile Volume? _opened;

    public string? Export => export;

    public VolumeStatus GetStatus() => opening.GetStatus();

    public VolumeWork GetWork(int most) => opening.GetWork(most);

    /// <summary>What something can be done to; null before it is open.</summary>
    public Volume? Opened => _opened;

    /// <summary>Opens it.</summary>
    /// <exception cref="CrucibleException">It can't be opened.</exception>
    public async Task<Volume> OpenAsync(CancellationToken stop) => _opened = await opening.OpenAsync(stop);
}
