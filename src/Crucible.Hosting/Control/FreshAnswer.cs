using System.Diagnostics;

namespace Crucible.Hosting;

/// <summary>
/// Makes an answer at most every <see cref="ControlLimits.AnswerLifetime"/>, whoever asks and however often: looking takes the
/// locks of the data path for a moment, and no client shall decide how many such moments there are.
/// </summary>
internal sealed class FreshAnswer(Func<ControlAnswer> make)
{
    private readonly Lock _lock = new();
    private ControlAnswer? _last;
    private long _madeAt;

    /// <summary>An answer that is young enough.</summary>
    public ControlAnswer Get()
    {
        lock (_lock)
        {
            if (_last is not null && Stopwatch.GetElapsedTime(_madeAt) < ControlLimits.AnswerLifetime)
            {
                return _last;
            }

            _last = make();
            _madeAt = Stopwatch.GetTimestamp();
            return _last;
        }
    }

    /// <summary>A verb was done: what follows it must be seen.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _last = null;
        }
    }
}
