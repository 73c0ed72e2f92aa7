namespace Crucible.Downstairs;

/// <summary>
/// Where a connection stands.
/// <code>
///   Greeting ──HereIAm──► Accepted ──PromoteToActive──► Promoting ──durable──► Active
///       │                    │                              │                    │
///       └─HereIAm, read only─┼──► ReadOnly                  │                    │
///                            ▼        ▼                     ▼                    ▼
///     any of them: refused, superseded, broke the protocol, said goodbye, gone ► Ended
/// </code>
/// </summary>
public enum ConnectionState
{
    /// <summary>Nothing but the greeting may come.</summary>
    Greeting,

    /// <summary>Greeted: it may ask what the region knows and ask to take over.</summary>
    Accepted,

    /// <summary>It takes over; its generation is on its way to stable storage.</summary>
    Promoting,

    /// <summary>The one connection whose jobs are done.</summary>
    Active,

    /// <summary>It reads and asks, and takes nothing over.</summary>
    ReadOnly,

    /// <summary>Nothing that comes from it has any effect.</summary>
    Ended,
}

internal static class ConnectionTransitions
{
    public static bool Allows(ConnectionState from, ConnectionState to) => (from, to) switch
    {
        (ConnectionState.Greeting, ConnectionState.Accepted) => true,
        (ConnectionState.Greeting, ConnectionState.ReadOnly) => true,
        (ConnectionState.Accepted, ConnectionState.Promoting) => true,
        (ConnectionState.Promoting, ConnectionState.Active) => true,
        (not ConnectionState.Ended, ConnectionState.Ended) => true,
        _ => false,
    };
}
