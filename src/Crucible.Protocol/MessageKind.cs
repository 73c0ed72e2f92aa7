namespace Crucible.Protocol;

/// <summary>The first element of every frame's array. The numbers are permanent.</summary>
public enum MessageKind : byte
{
    /// <summary>Upstairs → downstairs: the first frame of a connection.</summary>
    HereIAm = 1,

    /// <summary>Downstairs → upstairs: the greeting is accepted; what this region is.</summary>
    YesItsMe = 2,

    /// <summary>Downstairs → upstairs: the greeting or the promotion is refused; the connection closes.</summary>
    Refused = 3,

    /// <summary>Upstairs → downstairs: make this session the active one, durably, under its generation.</summary>
    PromoteToActive = 10,

    /// <summary>Downstairs → upstairs: the generation is durable and this session may work.</summary>
    YouAreNowActive = 11,

    /// <summary>Downstairs → the session before: another one took over; the connection closes.</summary>
    YouAreNoLongerActive = 12,

    /// <summary>Upstairs → downstairs: ask for <see cref="RegionInfo"/>.</summary>
    QueryRegionInfo = 20,

    /// <summary>Downstairs → upstairs: what the region durably knows of itself.</summary>
    RegionInfo = 21,

    /// <summary>Upstairs → downstairs: ask for a range of extent versions.</summary>
    QueryExtentVersions = 22,

    /// <summary>Downstairs → upstairs: generation, flush number and dirty of each extent asked for.</summary>
    ExtentVersions = 23,

    /// <summary>Upstairs → downstairs: blocks of one extent, with their contexts; payload: the blocks.</summary>
    Write = 30,

    /// <summary>Upstairs → downstairs: make blocks of one extent zeroes.</summary>
    WriteZeroes = 31,

    /// <summary>Upstairs → downstairs: forget blocks of one extent.</summary>
    Discard = 32,

    /// <summary>Upstairs → downstairs: read blocks of one extent.</summary>
    Read = 33,

    /// <summary>Upstairs → downstairs: make every earlier job durable.</summary>
    Flush = 34,

    /// <summary>Downstairs → upstairs: how a job without data ended.</summary>
    JobAck = 35,

    /// <summary>Downstairs → upstairs: how a read ended; payload: the blocks in state Data, in order.</summary>
    ReadAck = 36,

    /// <summary>Upstairs → downstairs: the states of a block range, neither data nor contexts.</summary>
    ReadStates = 37,

    /// <summary>Downstairs → upstairs: those states, as runs.</summary>
    StatesAck = 38,

    /// <summary>Upstairs → downstairs: the contexts of a block range, no data.</summary>
    ReadContexts = 40,

    /// <summary>Downstairs → upstairs: those contexts.</summary>
    ContextsAck = 41,

    /// <summary>Upstairs → downstairs: blocks copied from the source; payload: the blocks in state Data, in order.</summary>
    RepairWrite = 42,

    /// <summary>Upstairs → downstairs: note durably that this region is under repair from now on.</summary>
    BeginRepair = 43,

    /// <summary>Upstairs → downstairs: note durably that this region is in sync in this generation, with every extent clean.</summary>
    MarkInSync = 44,

    /// <summary>Upstairs → downstairs: an extent under repair is like the source's now; take over its version.</summary>
    SetExtentVersion = 45,

    /// <summary>Either way: are you there?</summary>
    Ruok = 50,

    /// <summary>Either way: yes.</summary>
    Imok = 51,

    /// <summary>Downstairs → upstairs: something is wrong with the region, in words.</summary>
    ErrorReport = 52,

    /// <summary>Either way: this connection ends on purpose.</summary>
    Goodbye = 53,
}
