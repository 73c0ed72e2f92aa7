using System.Runtime.InteropServices;

namespace Crucible.Hosting;

/// <summary>
/// Turns signals into cancellation. The first asks the program to stop in order; the second means that somebody has lost
/// patience, and ends it at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Action<int> _exit;
    private int _received;

    /// <param name="exit">Ends the process with an exit code: <see cref="Environment.Exit"/> but in tests.</param>
    /// <param name="signals">The signals to take over for the life of this object.</param>
    public StopSignals(Action<int> exit, params ReadOnlySpan<PosixSignal> signals)
    {
        _exit = exit;
        foreach (var signal in signals)
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    /// <summary>Stops the program in order, as the first signal does; never at once, however often it is called.</summary>
    public void Stop()
    {
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It crossed the program's own end: there is nothing left to stop.
        }
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref _received) > 1)
        {
            _exit(ExitCode.Interrupted);
            return;
        }

        Stop();
    }
}
