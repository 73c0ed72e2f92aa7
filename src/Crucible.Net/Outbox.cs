using Crucible.Protocol;

namespace Crucible.Net;

/// <summary>
/// Frames that wait to leave: their headers in one buffer, their payloads in place, and the order of both. Not thread-safe.
/// </summary>
internal sealed class Outbox
{
    private readonly HeaderBuffer _headers = new(16 << 10);
    private readonly List<Cut> _cuts = [];
    private int _cutIndex;
    private int _cutBytesSent;
    private int _headerBytesSent;

    /// <summary>Bytes that wait, payloads included.</summary>
    public long Bytes { get; private set; }

    public bool IsEmpty => Bytes == 0;

    public void Add<T>(in T header)
        where T : struct, IWireHeader<T>
    {
        var before = _headers.Length;
        FrameEncoder.Append(_headers, header);
        Bytes += _headers.Length - before;
    }

    /// <summary>Takes over <paramref name="payload"/>, which is not empty.</summary>
    public void Add<T>(in T header, BlockBuffer payload)
        where T : struct, IWireHeader<T>
    {
        var before = _headers.Length;
        FrameEncoder.Append(_headers, header, payload.Length);
        _cuts.Add(new Cut(_headers.Length, payload));
        Bytes += _headers.Length - before + payload.Length;
    }

    /// <summary>Fills in what comes next, at most as many pieces as there is room for.</summary>
    public int NextPieces(Span<ArraySegment<byte>> pieces)
    {
        var count = 0;
        var headersFrom = _headerBytesSent;
        var payloadFrom = _cutBytesSent;
        for (var i = _cutIndex; i < _cuts.Count && count + 2 <= pieces.Length; i++)
        {
            var cut = _cuts[i];
            if (cut.HeadersEnd > headersFrom)
            {
                pieces[count++] = new ArraySegment<byte>(_headers.Array, headersFrom, cut.HeadersEnd - headersFrom);
                headersFrom = cut.HeadersEnd;
            }

            pieces[count++] = new ArraySegment<byte>(cut.Payload.Array, payloadFrom, cut.Payload.Length - payloadFrom);
            payloadFrom = 0;
            if (i + 1 == _cuts.Count)
            {
                break;
            }
        }

        var lastCut = _cuts.Count == 0 ? 0 : _cuts[^1].HeadersEnd;
        if (headersFrom >= lastCut && _headers.Length > headersFrom && count < pieces.Length)
        {
            pieces[count++] = new ArraySegment<byte>(_headers.Array, headersFrom, _headers.Length - headersFrom);
        }

        return count;
    }

    /// <summary>Notes that the socket took the next <paramref name="bytes"/>; payloads sent whole are given back.</summary>
    public void Sent(int bytes)
    {
        Bytes -= bytes;
        while (bytes > 0)
        {
            var headersEnd = _cutIndex < _cuts.Count ? _cuts[_cutIndex].HeadersEnd : _headers.Length;
            var headerPart = Math.Min(bytes, headersEnd - _headerBytesSent);
            _headerBytesSent += headerPart;
            bytes -= headerPart;
            if (bytes == 0 || _cutIndex == _cuts.Count)
            {
                break;
            }

            var payload = _cuts[_cutIndex].Payload;
            var payloadPart = Math.Min(bytes, payload.Length - _cutBytesSent);
            _cutBytesSent += payloadPart;
            bytes -= payloadPart;
            if (_cutBytesSent == payload.Length)
            {
                payload.Dispose();
                _cutIndex++;
                _cutBytesSent = 0;
            }
        }

        if (Bytes == 0)
        {
            Clear();
        }
    }

    /// <summary>Forgets everything and gives back the payloads not yet given back.</summary>
    public void Clear()
    {
        for (var i = _cutIndex; i < _cuts.Count; i++)
        {
            _cuts[i].Payload.Dispose();
        }

        _cuts.Clear();
        _headers.Clear();
        _cutIndex = 0;
        _cutBytesSent = 0;
        _headerBytesSent = 0;
        Bytes = 0;
    }

    /// <summary>Up to this length of the headers, then this payload.</summary>
    private readonly record struct Cut(int HeadersEnd, BlockBuffer Payload);
}
