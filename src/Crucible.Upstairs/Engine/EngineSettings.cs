namespace Crucible.Upstairs;

/// <summary>What the options of a volume come to: where its replicas are, and what its core is told. Refuses what can't be.</summary>
internal static class EngineSettings
{
    /// <summary>The three targets, in the order of the replicas.</summary>
    /// <exception cref="InvalidVolumeOptionsException">The options can't be.</exception>
    public static Target[] TargetsOf(VolumeOptions options)
    {
        if (options.Targets.Count != ReplicaId.Count)
        {
            throw new InvalidVolumeOptionsException(
                $"a volume has {ReplicaId.Count} targets, not {options.Targets.Count}");
        }

        var targets = options.Targets.Select(Target.Parse).ToArray();
        if (targets.Distinct().Count() != targets.Length)
        {
            throw new InvalidVolumeOptionsException($"the same target is given twice: {string.Join(", ", options.Targets)}");
        }

        return targets;
    }

    /// <summary>The settings of a new session.</summary>
    /// <exception cref="InvalidVolumeOptionsException">The options can't be.</exception>
    public static UpstairsSettings ForSession(VolumeOptions options)
    {
        if (options.Generation == Generation.Last.Value)
        {
            throw new InvalidVolumeOptionsException($"generation {options.Generation} is the last one: no other could ever follow it");
        }

        if (options.MaxUnretiredBytes < 1 << 20)
        {
            throw new InvalidVolumeOptionsException($"{options.MaxUnretiredBytes} bytes of unretired writes are less than 1 MiB");
        }

        return new UpstairsSettings
        {
            Upstairs = new UpstairsId(Guid.NewGuid()),
            Session = new SessionId(Guid.NewGuid()),
            NewVolume = new VolumeId(Guid.NewGuid()),
            Ack = options.Ack,
            ReadOnly = options.ReadOnly,
            Encrypted = options.Key is not null,
            Trace = UpstairsTracing.Source.HasListeners(),
            Generation = new Generation(options.Generation),
            ActivationGrace = options.ActivationGrace,
            ActivationTimeout = options.ActivationTimeout,
            FlushTimeout = options.FlushTimeout,
            RequestTimeout = options.RequestTimeout,
            HungAfter = options.HungAfter,
            ScrubInterval = options.ScrubInterval,
            ScrubBytesPerSecond = options.ScrubBytesPerSecond,
            AwayLimit = options.AwayLimit,
            MaxUnretiredBytes = options.MaxUnretiredBytes,
        };
    }
}
