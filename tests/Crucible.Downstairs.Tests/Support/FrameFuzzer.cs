using Crucible.Protocol;

namespace Crucible.Downstairs.Tests;

/// <summary>Makes frames that no upstairs would send, out of those that one would; the seed decides which.</summary>
internal sealed class FrameFuzzer(int seed)
{
    private static readonly VolumeId Volume = new(new Guid("0e0e0e0e-0000-0000-0000-000000000003"));
    private static readonly SessionId Session = new(new Guid("0f0f0f0f-0000-0000-0000-000000000004"));

    private readonly Random _random = new(seed);

    /// <summary>One valid frame of every kind that an upstairs sends, the greeting first.</summary>
    public static byte[][] ValidFrames { get; } =
    [
        Frame(new HereIAmHeader(1, 1, default, Session, default, false, false, false)),
        Frame(new PromoteToActiveHeader(new Generation(1), Session, Volume)),
        Frame(default(QueryRegionInfoHeader)),
        Frame(new QueryExtentVersionsHeader(default, 4)),
        Frame(new WriteHeader(new Generation(1), new JobId(1000), default, default, 1, new byte[16], default), 512),
        Frame(new WriteZeroesHeader(new Generation(1), new JobId(1001), default, default, 4, default)),
        Frame(new DiscardHeader(new Generation(1), new JobId(1002), Dependencies(), default, 4, new TraceContext(1, 2, 3, 1))),
        Frame(new ReadHeader(new Generation(1), new JobId(1003), Dependencies(), default, 4, default)),
        Frame(new FlushHeader(new Generation(1), new JobId(1004), Dependencies(), new FlushNumber(1), default)),
        Frame(new ReadContextsHeader(new Generation(1), JobId.FirstControl, default, 4, true)),
        Frame(new RepairWriteHeader(new Generation(1), JobId.FirstControl, default, 1, new byte[16])),
        Frame(new BeginRepairHeader(new Generation(1), JobId.FirstControl)),
        Frame(new MarkInSyncHeader(new Generation(1), JobId.FirstControl)),
        Frame(new SetExtentVersionHeader(new Generation(1), JobId.FirstControl, default, default, default, true)),
        Frame(new RuokHeader(5)),
        Frame(new ImokHeader(5)),
        Frame(new GoodbyeHeader("bye")),
    ];

    /// <summary>A greeting, as it is.</summary>
    public static byte[] Greeting => ValidFrames[0];

    /// <summary>The next bytes to send: mostly something like a frame.</summary>
    public byte[] Next()
    {
        var frame = (byte[])ValidFrames[_random.Next(ValidFrames.Length)].Clone();
        switch (_random.Next(6))
        {
            case 0:
                _random.NextBytes(frame);
                break;
            case 1:
                frame[_random.Next(frame.Length)] ^= (byte)(1 << _random.Next(8));
                break;
            case 2:
                BitConverter.TryWriteBytes(frame.AsSpan(_random.Next(2) * 4), _random.Next());
                break;
            default:
                MutateFields(frame);
                break;
        }

        return frame;
    }

    // The CRC is right again, so that what lies behind it is reached.
    private void MutateFields(byte[] frame)
    {
        var prefix = FramePrefix.Read(frame);
        for (var flips = _random.Next(1, 4); flips > 0; flips--)
        {
            frame[FramePrefix.SizeBytes + _random.Next(prefix.HeaderBytes)] = _random.Next(3) == 0
                ? (byte)_random.Next(256)
                : (byte)(frame[FramePrefix.SizeBytes + _random.Next(prefix.HeaderBytes)] ^ (1 << _random.Next(8)));
        }

        FramePrefix.Write(frame, frame.AsSpan(FramePrefix.SizeBytes, prefix.HeaderBytes), (int)prefix.PayloadBytes);
    }

    private static JobDependencies Dependencies() => JobDependencies.Between(new JobId(1000), new JobId(1001));

    private static byte[] Frame<T>(in T header, int payloadBytes = 0)
        where T : struct, IWireHeader<T>
    {
        var buffer = new HeaderBuffer();
        FrameEncoder.Append(buffer, header, payloadBytes);
        return [.. buffer.Written, .. new byte[payloadBytes]];
    }
}
