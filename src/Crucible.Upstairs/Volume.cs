namespace Crucible.Upstairs;

/// <summary>
/// A virtual disk kept on three machines at once: open it, write, flush, read. Safe for any number of concurrent callers.
/// A read sees every write that was acknowledged before it was issued.
/// </summary>
/// <remarks>
/// Offsets and lengths are bytes, of any alignment; whole blocks are fastest, parts of blocks are read, changed and written
/// back, atomically against other writes. Cancelling a request stops the waiting, not the request: what was sent may still
/// happen. A buffer handed in is the caller's again once the task is done.
/// </remarks>
public sealed class Volume : IAsyncDisposable
{
    /// <summary>How long closing waits for a third replica to do what two have done.</summary>
    private static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(1);

    /// <summary>How often long work is looked at for whoever waits for it.</summary>
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly UpstairsEngine _engine;
    private readonly VolumeOptions _options;
    private readonly RequestMaker _maker;
    private readonly VolumeMetrics _metrics;
    private int _disposed;

    internal Volume(UpstairsEngine engine, VolumeOptions options)
    {
        _engine = engine;
        _options = options;
        _maker = new RequestMaker(engine, options.Pool);
        Definition = engine.Definition;
        (Id, Generation) = engine.Inspect(static core => (core.Volume, core.Generation));
        _metrics = new VolumeMetrics(engine, Id);
    }

    /// <summary>The geometry that the three regions share.</summary>
    public RegionDefinition Definition { get; }

    /// <summary>Bytes of the volume.</summary>
    public long SizeBytes => (long)Definition.TotalBytes;

    /// <summary>Bytes of a block: what is written whole or not at all.</summary>
    public int BlockSizeBytes => (int)Definition.BlockSizeBytes;

    /// <summary>Which volume it is.</summary>
    public VolumeId Id { get; }

    /// <summary>The generation under which this handle writes; none where it only reads.</summary>
    public Generation Generation { get; }

    /// <summary>Opens the volume: connects to its replicas, makes at least two of them alike, and takes it over.</summary>
    /// <exception cref="InvalidVolumeOptionsException">The options can't be.</exception>
    /// <exception cref="VolumeUnavailableException">Fewer than two replicas answered in time; the message says why for each.</exception>
    /// <exception cref="VolumeMismatchException">The targets do not fit together.</exception>
    /// <exception cref="VolumeSupersededException">The generation asked for was refused.</exception>
    public static async Task<Volume> OpenAsync(VolumeOptions options, CancellationToken cancellationToken = default)
    {
        using var opening = new OpeningVolume(options);
        return await opening.OpenAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Reads into a buffer.</summary>
    /// <param name="offset">Byte offset from the start of the volume.</param>
    /// <param name="buffer">Filled whole; borrowed until the task is done.</param>
    /// <param name="cancellationToken">Stops the waiting; then nothing more is written to the buffer.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within the volume.</exception>
    /// <exception cref="VolumeException">The read failed; nothing in the buffer is to be believed.</exception>
    public ValueTask ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Check(offset, buffer.Length);
        return buffer.Length == 0 ? default : _maker.ReadAsync((ulong)offset, buffer, null, cancellationToken);
    }

    /// <summary>Reads into a buffer, and tells which parts of it are data and which are zeroes that nobody keeps.</summary>
    /// <param name="offset">Byte offset from the start of the volume.</param>
    /// <param name="buffer">Filled whole, also where there is no data; borrowed until the task is done.</param>
    /// <param name="runs">Filled with runs that cover the buffer; one object for one request at a time, reused without allocating.</param>
    /// <param name="cancellationToken">Stops the waiting; then nothing more is written to the buffer or the runs.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within the volume.</exception>
    /// <exception cref="VolumeException">The read failed; nothing in the buffer or the runs is to be believed.</exception>
    public ValueTask ReadAsync(long offset, Memory<byte> buffer, BlockRuns runs, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runs);
        Check(offset, buffer.Length);
        if (buffer.Length == 0)
        {
            runs.Clear();
            return default;
        }

        return _maker.ReadAsync((ulong)offset, buffer, runs, cancellationToken);
    }

    /// <summary>
    /// Tells which parts of a range hold data, without reading any: from its start on, as far as one request goes. Ask on from
    /// there. Like a read it sees every write that was acknowledged before. Downstairs that are too old to be asked make
    /// everything count as data.
    /// </summary>
    /// <param name="offset">Byte offset from the start of the volume.</param>
    /// <param name="length">Bytes asked about.</param>
    /// <param name="runs">
    /// Filled with runs that cover a prefix of the range, at least one block of it (or all, if it is shorter); one object for one
    /// request at a time, reused without allocating.
    /// </param>
    /// <param name="cancellationToken">Stops the waiting; then nothing more is written to the runs.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within the volume.</exception>
    /// <exception cref="VolumeException">It failed; the runs mean nothing.</exception>
    public ValueTask GetBlockStatusAsync(long offset, long length, BlockRuns runs, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(runs);
        Check(offset, length);
        if (length == 0)
        {
            runs.Clear();
            return default;
        }

        return _maker.ReadStatesAsync((ulong)offset, (ulong)length, runs, cancellationToken);
    }

    /// <summary>Writes a buffer. Acknowledged as <see cref="VolumeOptions.Ack"/> says; durable after the next flush.</summary>
    /// <param name="offset">Byte offset from the start of the volume.</param>
    /// <param name="data">Borrowed until the task is done.</param>
    /// <param name="cancellationToken">Stops the waiting, not the write.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within the volume.</exception>
    /// <exception cref="VolumeException">The write failed, wholly or in part.</exception>
    public ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        Check(offset, data.Length);
        return data.Length == 0 ? default : _maker.WriteAsync((ulong)offset, data, cancellationToken);
    }

    /// <summary>
    /// The same for a buffer that is handed over, also where this throws: whole blocks that lie in one extent are sent from
    /// where they are, which spares a copy. The buffer's content is undefined from here on.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within the volume.</exception>
    /// <exception cref="VolumeException">The write failed, wholly or in part.</exception>
    public ValueTask WriteAsync(long offset, BlockBuffer data)
    {
        ArgumentNullException.ThrowIfNull(data);
        try
        {
            Check(offset, data.Length);
        }
        catch
        {
            data.Dispose();
            throw;
        }

        if (data.Length == 0)
        {
            data.Dispose();
            return default;
        }

        return _maker.WriteAsync((ulong)offset, data);
    }

    /// <summary>
    /// What this thread asks for from here on is sent, and told where it is done, at the next <see cref="EndBatch"/>: for
    /// guests that have several requests at hand. The thread must not wait for any of them in between, nor for long at all,
    /// and must not begin a batch of another volume.
    /// </summary>
    public void BeginBatch() => _engine.BeginBatch();

    /// <summary>Ends what <see cref="BeginBatch"/> began.</summary>
    public void EndBatch() => _engine.EndBatch();

    /// <summary>
    /// For a continuation with <see cref="VolumeOptions.InlineCompletions"/>: has somebody called, on this thread, once all
    /// requests that were done together have been told, so that their answers can leave by one system call.
    /// </summary>
    /// <param name="follower">Who is called, once for each call of this.</param>
    /// <returns>False: nothing is told on this thread now, and nobody will be called.</returns>
    public static bool TryAfterCompletions(IAfterCompletions follower) => Settlement.TryAfterCompletions(follower);

    /// <summary>Makes a range zeroes without sending any.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within the volume.</exception>
    /// <exception cref="VolumeException">It failed, wholly or in part.</exception>
    public ValueTask WriteZeroesAsync(long offset, long length, CancellationToken cancellationToken = default)
    {
        Check(offset, length);
        return length == 0 ? default : _maker.EmptyAsync(RequestKind.WriteZeroes, (ulong)offset, (ulong)length, cancellationToken);
    }

    /// <summary>Forgets a range: it reads as zeroes and takes no space. Parts of blocks at its ends are made zeroes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range does not lie within the volume.</exception>
    /// <exception cref="VolumeException">It failed, wholly or in part.</exception>
    public ValueTask DiscardAsync(long offset, long length, CancellationToken cancellationToken = default)
    {
        Check(offset, length);
        return length == 0 ? default : _maker.EmptyAsync(RequestKind.Discard, (ulong)offset, (ulong)length, cancellationToken);
    }

    /// <summary>Makes every write that was acknowledged before durable on at least two replicas.</summary>
    /// <exception cref="VolumeException">It could not be made durable.</exception>
    public ValueTask FlushAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return _maker.FlushAsync(cancellationToken);
    }

    /// <summary>
    /// Lets the downstairs at another address take the place of one of the three, while the guest goes on. Done once the
    /// volume has taken it in; that it is repaired then is seen in <see cref="GetStatus"/>. The region there must be empty,
    /// or an older replica of this volume; the one replaced must not be given as a target again.
    /// </summary>
    /// <param name="oldTarget">One of the targets, as <c>host:port</c>.</param>
    /// <param name="newTarget">The address that takes its place.</param>
    /// <param name="cancellationToken">Stops the waiting, not the replacement.</param>
    /// <exception cref="InvalidVolumeOptionsException">The addresses can't be, or are not one of ours and one that is not.</exception>
    /// <exception cref="VolumeException">It can't be done now, for fewer than two others are active.</exception>
    public async Task ReplaceAsync(string oldTarget, string newTarget, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        _engine.Orders.Replace(oldTarget, newTarget);
        while (_engine.Inspect(core => core.State == VolumeState.Active && !IsTakenIn(core, Target.Parse(newTarget).ToString())))
        {
            await Task.Delay(PollInterval, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Looks at everything on every active replica: blocks are held against their contexts where they lie, contexts against
    /// each other, and what is damaged or differs is mended from the others.
    /// </summary>
    /// <param name="options">How.</param>
    /// <param name="progress">Told several times a second; null: nobody.</param>
    /// <param name="cancellationToken">Ends the scrub.</param>
    /// <exception cref="VolumeException">A scrub is running already, or the volume has ended.</exception>
    public async Task<ScrubProgress> ScrubAsync(
        ScrubOptions options, IProgress<ScrubProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        var number = _engine.Orders.BeginScrub(options.BytesPerSecond);
        try
        {
            while (true)
            {
                var (state, cause, scrub) = _engine.Inspect(
                    static core => (core.State, core.Cause, core.ScrubAt(UpstairsEngine.Now())!.Value));
                if (scrub.Number != number || !scrub.IsRunning)
                {
                    progress?.Report(scrub);
                    return scrub;
                }

                if (state != VolumeState.Active)
                {
                    throw new VolumeException(ErrorCode.Closed, $"the scrub ended with its volume: {cause}");
                }

                progress?.Report(scrub);
                await Task.Delay(PollInterval, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _engine.Orders.EndScrub(number);
        }
    }

    /// <summary>How the volume and its replicas are now.</summary>
    public VolumeStatus GetStatus() => VolumeStatus.Of(_engine);

    /// <summary>What is worked at now, oldest first.</summary>
    /// <param name="most">Most jobs listed.</param>
    public VolumeWork GetWork(int most) => VolumeWork.Of(_engine, most);

    /// <summary>Flushes what was written, and closes the volume. Requests still under way fail.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        if (!_options.ReadOnly && _engine.Inspect(static core => core.State == VolumeState.Active && core.JobCount > 0))
        {
            try
            {
                await _maker.FlushAsync(CancellationToken.None).ConfigureAwait(false);
                await WaitForTheSlowestAsync().ConfigureAwait(false);
            }
            catch (VolumeException e)
            {
                new UpstairsLog(_options.LoggerFactory).FlushAtCloseFailed(e.Message);
            }
        }

        _metrics.Dispose();
        _engine.Dispose();
    }

    // Two have acknowledged the last flush. A third that is only a little behind gets the time to end alike: otherwise the
    // next activation would have to repair it. One that is away or slow keeps nobody.
    private async Task WaitForTheSlowestAsync()
    {
        var until = UpstairsEngine.Now() + CloseGrace;
        while (UpstairsEngine.Now() < until && _engine.Inspect(HasOutstanding))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(2)).ConfigureAwait(false);
        }
    }

    private bool IsTakenIn(UpstairsCore core, string target)
    {
        foreach (var replica in core.Replicas)
        {
            if (_engine.TargetOf(replica.Id) == target)
            {
                return replica.State is ReplicaState.Repairing or ReplicaState.Active;
            }
        }

        return false;
    }

    private static bool HasOutstanding(UpstairsCore core)
    {
        foreach (var replica in core.Replicas)
        {
            if (replica is { State: ReplicaState.Active, OutstandingJobs: > 0 })
            {
                return true;
            }
        }

        return false;
    }

    private void Check(long offset, long length)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, SizeBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, SizeBytes - offset);
    }
}
