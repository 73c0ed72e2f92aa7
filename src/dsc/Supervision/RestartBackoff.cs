namespace Crucible.Dsc.Supervision;

/// <summary>
/// How long to wait before a process that died is started again: twice as long each time, up to a limit, and from the
/// beginning once it has run for a while. Not safe for use by several threads at once.
/// </summary>
/// <param name="first">The wait after the first death.</param>
/// <param name="longest">The longest wait.</param>
/// <param name="stableAfter">A process that ran this long has recovered from what killed it before.</param>
internal sealed class RestartBackoff(TimeSpan first, TimeSpan longest, TimeSpan stableAfter)
{
    private TimeSpan? _next;

    /// <summary>Waits that a person hardly notices at first, and that don't wear out a machine on which it dies for ever.</summary>
    public static RestartBackoff Usual() =>
        new(TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(30));

    /// <summary>The wait after a death.</summary>
    /// <param name="ranFor">How long the process had run; zero for one that did not start.</param>
    public TimeSpan AfterExit(TimeSpan ranFor)
    {
        var wait = ranFor < stableAfter && _next is { } next ? next : first;
        _next = wait >= longest / 2 ? longest : wait * 2;
        return wait;
    }
}
