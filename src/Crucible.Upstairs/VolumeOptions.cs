using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crucible.Upstairs;

/// <summary>How a <see cref="Volume"/> is opened. Checked once, when it is.</summary>
public sealed record VolumeOptions
{
    /// <summary>The three downstairs, each as <c>host:port</c> or <c>[address]:port</c>.</summary>
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>
    /// When writes are acknowledged. The default, <see cref="AckMode.Fast"/>, is that of a disk with a volatile cache: right
    /// where the guest dies with this process. A flush makes durable in either mode.
    /// </summary>
    public AckMode Ack { get; init; } = AckMode.Fast;

    /// <summary>The generation to take; 0: one above the highest that the replicas know.</summary>
    public ulong Generation { get; init; }

    /// <summary>Only read; nothing is taken over from an upstairs that writes.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>The key of an encrypted volume; null for one that is not. Borrowed until the volume is disposed.</summary>
    public Encryption.EncryptionKey? Key { get; init; }

    /// <summary>How long opening waits for two of the three.</summary>
    public TimeSpan ActivationTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long two wait for the third.</summary>
    public TimeSpan ActivationGrace { get; init; } = TimeSpan.FromMilliseconds(700);

    /// <summary>Unretired writes are flushed after so long without a new one.</summary>
    public TimeSpan FlushTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>With fewer than two replicas, requests wait so long before they fail.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A replica that owes an answer is asked whether it is there after half a second of silence; silent for so long after
    /// that it is left behind, and tried again.
    /// </summary>
    public TimeSpan HungAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long after one scrub the next begins by itself; zero: never.</summary>
    public TimeSpan ScrubInterval { get; init; }

    /// <summary>Most bytes a second that a scrub which begins by itself looks at; 0: what the guest does not notice.</summary>
    public long ScrubBytesPerSecond { get; init; } = 32L << 20;

    /// <summary>A replica that is away longer loses its place: once back it is compared and repaired instead of replayed.</summary>
    public TimeSpan AwayLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Most bytes of writes held for replay, 1 MiB or more. At half of it the volume flushes by itself.</summary>
    public long MaxUnretiredBytes { get; init; } = 128L << 20;

    /// <summary>
    /// Run the continuations of requests on the volume's own threads: one thread hop less in latency, and what a batch of
    /// answers leads to leaves in one batch. Only for guests that never block in a continuation.
    /// </summary>
    public bool InlineCompletions { get; init; }

    /// <summary>Where the volume logs.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>Where block data lives while it is under way.</summary>
    public BlockBufferPool Pool { get; init; } = BlockBufferPool.Shared;
}
