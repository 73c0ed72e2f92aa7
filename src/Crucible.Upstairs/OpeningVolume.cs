namespace Crucible.Upstairs;

/// <summary>
/// A volume on its way to be open, for whoever wants to see meanwhile how far it is, and why it is no further. Who only wants
/// to use it calls <see cref="Volume.OpenAsync"/>.
/// </summary>
public sealed class OpeningVolume : IDisposable
{
    private readonly VolumeOptions _options;
    private readonly UpstairsEngine _engine;
    private int _begun;
    private Volume? _opened;

    /// <summary>Connects to nobody yet.</summary>
    /// <exception cref="InvalidVolumeOptionsException">The options can't be.</exception>
    public OpeningVolume(VolumeOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _engine = new UpstairsEngine(options);
    }

    /// <summary>How the volume and its replicas are now: before, while and after it is opened, and where that failed.</summary>
    public VolumeStatus GetStatus() => VolumeStatus.Of(_engine);

    /// <summary>What is worked at now, oldest first.</summary>
    /// <param name="most">Most jobs listed.</param>
    public VolumeWork GetWork(int most) => VolumeWork.Of(_engine, most);

    /// <summary>Opens it, once; the volume is the caller's, and this object tells of it as long as it lives.</summary>
    /// <exception cref="InvalidOperationException">It was called before.</exception>
    /// <exception cref="VolumeUnavailableException">Fewer than two replicas answered in time; the message says why for each.</exception>
    /// <exception cref="VolumeMismatchException">The targets do not fit together.</exception>
    /// <exception cref="VolumeSupersededException">The generation asked for was refused.</exception>
    public async Task<Volume> OpenAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _begun, 1) != 0)
        {
            throw new InvalidOperationException("a volume is opened once");
        }

        try
        {
            _engine.Start();
            await _engine.WaitUntilOpenAsync(cancellationToken).ConfigureAwait(false);
            return _opened = new Volume(_engine, _options);
        }
        catch
        {
            _engine.Dispose();
            throw;
        }
    }

    /// <summary>Gives up a volume that was not opened; one that was is its owner's.</summary>
    public void Dispose()
    {
        if (_opened is null)
        {
            _engine.Dispose();
        }
    }
}
