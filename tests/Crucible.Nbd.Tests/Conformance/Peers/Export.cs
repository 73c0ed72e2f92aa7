using System.Net;

namespace Crucible.Nbd.Tests.Conformance.Peers;

/// <summary>A running server with one export of <see cref="SizeBytes"/> bytes, named <see cref="Name"/>.</summary>
internal abstract class Export : IAsyncDisposable
{
    /// <summary>The export's name; most serve it under the empty name too.</summary>
    public const string Name = "disk";

    /// <summary>A name that no export has.</summary>
    public const string NoName = "no such disk";

    /// <summary>Room for every case's own area.</summary>
    public const long SizeBytes = 1L << 30;

    private const long AreaStep = 1L << 20;

    // The first step is for whoever reads something that is merely there.
    private long _taken = AreaStep;

    public abstract EndPoint Address { get; }

    /// <summary>What a client needs who speaks TLS with it.</summary>
    public Certificates? Certificates { get; protected init; }

    /// <summary>The beginning of a part of the disk where nobody has written and nobody else will, a multiple of 1 MiB.</summary>
    public ulong TakeArea(long bytes = AreaStep)
    {
        // A step between two areas, so that what a server reads ahead or rounds up never belongs to another case.
        var taken = (((bytes + AreaStep - 1) / AreaStep) + 1) * AreaStep;
        _taken += taken;
        Assert.InRange(_taken, 0, SizeBytes);
        return (ulong)(_taken - taken);
    }

    public abstract ValueTask DisposeAsync();
}
