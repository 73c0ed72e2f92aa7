namespace Crucible.Nbd;

/// <summary>Keeps requests for reuse. Thread-safe.</summary>
internal sealed class PendingRequestPool
{
    /// <summary>Most kept: more than are in flight at any sensible depth.</summary>
    private const int MostKept = 4096;

    private readonly Lock _lock = new();
    private readonly Stack<PendingRequest> _kept = new();

    public PendingRequest Rent()
    {
        lock (_lock)
        {
            if (_kept.TryPop(out var request))
            {
                return request;
            }
        }

        return new PendingRequest(this);
    }

    public void Return(PendingRequest request)
    {
        lock (_lock)
        {
            if (_kept.Count < MostKept)
            {
                _kept.Push(request);
            }
        }
    }
}
