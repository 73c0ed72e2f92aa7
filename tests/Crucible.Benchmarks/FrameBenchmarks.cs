using BenchmarkDotNet.Attributes;
using Crucible.Protocol;

namespace Crucible.Benchmarks;

/// <summary>What a frame's header costs on either side, without its payload.</summary>
[MemoryDiagnoser]
public class FrameBenchmarks
{
    private readonly HeaderBuffer _buffer = new();
    private readonly byte[] _contexts = new byte[BlockContext.PlainSizeBytes];
    private byte[] _frame = null!;

    [GlobalSetup]
    public void SetUp()
    {
        EncodeWrite();
        _frame = _buffer.Written.ToArray();
    }

    [Benchmark]
    public void EncodeWrite()
    {
        _buffer.Clear();
        FrameEncoder.Append(
            _buffer,
            new WriteHeader(new Generation(3), new JobId(123456), default, new BlockIndex(987654), 1, _contexts, default),
            payloadBytes: 4096);
    }

    [Benchmark]
    public ulong DecodeWrite() => FrameHeader
        .Open(_frame.AsSpan(0, FramePrefix.SizeBytes), _frame.AsMemory(FramePrefix.SizeBytes), 4096)
        .Read<WriteHeader>().Job.Value;

    [Benchmark]
    public void EncodeAck()
    {
        _buffer.Clear();
        FrameEncoder.Append(_buffer, new JobAckHeader(new JobId(123456), ErrorCode.None));
    }
}
