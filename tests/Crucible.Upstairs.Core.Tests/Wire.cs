namespace Crucible.Upstairs.Tests;

/// <summary>What lies between the core and one downstairs: a connection that can be cut, refused and held back.</summary>
internal sealed class Wire(FakeDownstairs downstairs)
{
    public FakeDownstairs Downstairs { get; set; } = downstairs;

    /// <summary>Whether connections are accepted.</summary>
    public bool IsUp { get; set; } = true;

    /// <summary>Nothing is done or answered while set: a process that was stopped.</summary>
    public bool IsHeld { get; set; }

    /// <summary>Which messages are kept back, they and all behind them, for as long as this says so.</summary>
    public Func<object, bool> KeepsBack { get; set; } = static _ => false;

    public bool IsConnected { get; set; }

    /// <summary>When to connect; Never: not asked to.</summary>
    public Instant ConnectAt { get; set; } = Instant.Never;

    /// <summary>Sent by the core and not yet done.</summary>
    public Queue<object> Inbox { get; } = new();

    /// <summary>Everything the core ever sent.</summary>
    public List<object> Sent { get; } = [];

    public IEnumerable<T> SentOf<T>() => Sent.OfType<T>();
}
