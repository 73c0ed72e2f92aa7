namespace Crucible.Hosting;

/// <summary>
/// One datagram to a Jaeger agent: the call <c>emitBatch(1: Batch { 1: process, 2: list of spans })</c> of
/// <c>agent.thrift</c>. Spans are collected until the next one would make it too long.
/// </summary>
internal sealed class JaegerPacket
{
    /// <summary>The message's head and the batch's field headers before the process; the list's header; the two ends.</summary>
    private const int FrameBytes = 32;

    private readonly ThriftCompactWriter _process = new();
    private readonly ThriftCompactWriter _spans = new();
    private readonly ThriftCompactWriter _datagram = new();
    private readonly int _maxSpanBytes;
    private int _count;

    /// <param name="serviceName">What sends.</param>
    /// <param name="attributes">What else is known about it.</param>
    /// <param name="maxBytes">The length that no datagram exceeds.</param>
    public JaegerPacket(string serviceName, IReadOnlyList<KeyValuePair<string, object>> attributes, int maxBytes)
    {
        JaegerModel.WriteProcess(_process, serviceName, attributes);
        _maxSpanBytes = maxBytes - FrameBytes - _process.Written.Length;
    }

    /// <summary>Whether there is nothing to send.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Adds an encoded span, or answers false: it does not fit beside those that are here.</summary>
    public bool TryAdd(ReadOnlySpan<byte> span)
    {
        if (span.Length > _maxSpanBytes - _spans.Written.Length)
        {
            return false;
        }

        _spans.Raw(span);
        _count++;
        return true;
    }

    /// <summary>The finished datagram and its number of spans; begins an empty one. The bytes stay until the next call.</summary>
    public ReadOnlySpan<byte> Finish(out int spans)
    {
        spans = _count;
        _datagram.Clear();
        _datagram.OnewayMessage("emitBatch");
        _datagram.BeginStruct();
        _datagram.StructField(1);
        _datagram.BeginStruct();
        _datagram.StructField(1);
        _datagram.Raw(_process.Written);
        _datagram.StructListField(2, _count);
        _datagram.Raw(_spans.Written);
        _datagram.EndStruct();
        _datagram.EndStruct();
        _spans.Clear();
        _count = 0;
        return _datagram.Written;
    }
}
