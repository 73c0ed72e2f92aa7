namespace Crucible.Protocol.Tests;

/// <summary>One message of each kind, small enough that its bytes can be read, and some that are long.</summary>
internal static class Samples
{
    private static readonly Guid A = Guid.Parse("00112233-4455-6677-8899-aabbccddeeff");
    private static readonly Guid B = Guid.Parse("0f0e0d0c-0b0a-0908-0706-050403020100");
    private static readonly Generation Five = new(5);
    private static readonly JobId Job = new(1003);
    private static readonly BlockIndex Start = new(70_000);
    private static readonly byte[] Contexts = [1, 2, 3, 4, 5, 6, 7, 8, 1, 0, 0, 0, 0, 0, 0, 0];
    private static readonly TraceContext Trace = new(0x0102030405060708, 0x090a0b0c0d0e0f10, 0x1112131415161718, 1);

    /// <summary>One of each kind, in the order of the kinds.</summary>
    public static Sample[] Small { get; } =
    [
        Sample.Of(new HereIAmHeader(1, 2, new UpstairsId(A), new SessionId(B), Five, true, false, true)),
        Sample.Of(new YesItsMeHeader(1, new RegionId(A), 512, 100, 10, true, false, new VolumeId(B), Five)),
        Sample.Of(new RefusedHeader(RefusalCode.Generation, Five, "no")),
        Sample.Of(new PromoteToActiveHeader(Five, new SessionId(A), new VolumeId(B))),
        Sample.Of(new YouAreNowActiveHeader(Five)),
        Sample.Of(new YouAreNoLongerActiveHeader(new Generation(300))),
        Sample.Of(new QueryRegionInfoHeader()),
        Sample.Of(new RegionInfoHeader(
            new VolumeId(A), Five, new Generation(4), true, new Generation(3), Job, new Generation(2), new FlushNumber(9), false)),
        Sample.Of(new QueryExtentVersionsHeader(new ExtentId(7), 8)),
        Sample.Of(new ExtentVersionsHeader(new ExtentId(7), 1, new byte[ExtentVersion.SizeBytes])),
        Sample.Of(new WriteHeader(Five, Job, Dependencies(1000, 1001), Start, 1, Contexts, Trace), 512),
        Sample.Of(new WriteZeroesHeader(Five, Job, Dependencies(1000), Start, 256, default)),
        Sample.Of(new DiscardHeader(Five, Job, default, Start, 65_536, default)),
        Sample.Of(new ReadHeader(Five, Job, Dependencies(1000, 1002), Start, 2, default)),
        Sample.Of(new FlushHeader(Five, Job, Dependencies(1000, 1001, 1002), new FlushNumber(6), default)),
        Sample.Of(new JobAckHeader(Job, ErrorCode.IoError)),
        Sample.Of(new ReadAckHeader(Job, ErrorCode.None, Contexts), 200),
        Sample.Of(new ReadStatesHeader(Five, Job, Start, 32_768, default)),
        Sample.Of(new StatesAckHeader(Job, ErrorCode.None, new byte[] { 5, 0, 0, 0, 2, 4, 0, 0 })),
        Sample.Of(new ReadContextsHeader(Five, JobId.FirstControl, Start, 2048, true)),
        Sample.Of(new ContextsAckHeader(JobId.FirstControl, ErrorCode.None, Contexts)),
        Sample.Of(new RepairWriteHeader(Five, JobId.FirstControl, Start, 1, Contexts), 70_000),
        Sample.Of(new BeginRepairHeader(Five, JobId.FirstControl)),
        Sample.Of(new MarkInSyncHeader(Five, JobId.FirstControl.Next())),
        Sample.Of(new SetExtentVersionHeader(Five, JobId.FirstControl, new ExtentId(3), new Generation(4), new FlushNumber(6), true)),
        Sample.Of(new RuokHeader(0x0102030405060708)),
        Sample.Of(new ImokHeader(1)),
        Sample.Of(new ErrorReportHeader(ErrorCode.NoSpace, "full")),
        Sample.Of(new GoodbyeHeader("bye")),
    ];

    /// <summary>A full job of an encrypted region of the smallest blocks, with every dependency a job can have.</summary>
    public static Sample Largest { get; } = Sample.Of(
        new WriteHeader(
            new Generation(ulong.MaxValue), new JobId(JobId.FirstControl.Value - 1),
            Dependencies([.. Enumerable.Range(0, JobDependencies.MaxRanges).Select(i => (1UL << 62) + (ulong)(2 * i))]),
            new BlockIndex(1UL << 51), WireLimits.MaxBlocksPerJob,
            new byte[WireLimits.MaxBlocksPerJob * BlockContext.EncryptedSizeBytes], Trace),
        WireLimits.MaxPayloadBytes);

    /// <summary>The small ones of a kind, for a theory's data.</summary>
    public static Sample Of(MessageKind kind) => Array.Find(Small, sample => sample.Kind == kind)!;

    public static JobDependencies Dependencies(params ulong[] jobs)
    {
        var dependencies = default(JobDependencies);
        foreach (var job in jobs)
        {
            dependencies.Add(new JobId(job));
        }

        return dependencies;
    }
}
