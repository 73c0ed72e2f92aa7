namespace Crucible.Upstairs;

/// <summary>Several requests are told, one after the other, on this thread; who asked for it is called once all of them are.</summary>
internal sealed class CompletionTurn
{
    private readonly List<IAfterCompletions> _followers = [];
    private bool _isOn;

    /// <summary>False: one is on already.</summary>
    public bool TryBegin()
    {
        var began = !_isOn;
        _isOn = true;
        return began;
    }

    public bool TryAdd(IAfterCompletions follower)
    {
        if (_isOn)
        {
            _followers.Add(follower);
        }

        return _isOn;
    }

    public void End()
    {
        _isOn = false;
        foreach (var follower in _followers)
        {
            follower.AfterCompletions();
        }

        _followers.Clear();
    }
}
