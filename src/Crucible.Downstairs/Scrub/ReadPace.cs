using System.Diagnostics;

namespace Crucible.Downstairs;

/// <summary>
/// Keeps a reader to a rate: after each read it waits until as much time has passed as those bytes may take. Time that was
/// not used is not saved up, so that there is never a burst.
/// </summary>
internal sealed class ReadPace(long bytesPerSecond)
{
    private long _last = Stopwatch.GetTimestamp();

    /// <summary>Waits for as long as what was read since the last call must take.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled meanwhile.</exception>
    public void Wait(long bytes, CancellationToken cancellationToken)
    {
        var left = TimeSpan.FromSeconds((double)bytes / bytesPerSecond) - Stopwatch.GetElapsedTime(_last);
        if (left > TimeSpan.Zero)
        {
            cancellationToken.WaitHandle.WaitOne(left);
        }

        cancellationToken.ThrowIfCancellationRequested();
        _last = Stopwatch.GetTimestamp();
    }
}
