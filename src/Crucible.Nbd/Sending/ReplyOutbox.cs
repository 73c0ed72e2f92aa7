using Crucible.Protocol;

namespace Crucible.Nbd;

/// <summary>
/// Replies that wait to leave: what is written of them in one buffer, the data of reads in place, and the order of both. A
/// request is finished once its reply has left. Not thread-safe.
/// </summary>
internal sealed class ReplyOutbox
{
    /// <summary>Memory kept while nothing waits; long lists of descriptors need more for a while.</summary>
    private const int KeptBytes = 256 << 10;

    private readonly List<Cut> _cuts = [];
    private int _cutIndex;
    private int _dataSent;
    private int _writtenSent;

    /// <summary>What replies are written to; their data and their end are told afterwards.</summary>
    public HeaderBuffer Written { get; private set; } = new(4 << 10);

    /// <summary>Nothing waits.</summary>
    public bool IsEmpty => _cutIndex == _cuts.Count;

    /// <summary>Data comes behind what was written. The request that ends behind it owns the buffer.</summary>
    public void AddData(BlockBuffer buffer, int start, int length)
    {
        _cuts.Add(new Cut(Written.Length, new ArraySegment<byte>(buffer.Array, start, length), null));
    }

    /// <summary>The request's reply ends with what was written, or the data added last. It is taken over.</summary>
    public void End(PendingRequest request)
    {
        if (_cuts.Count > _cutIndex && _cuts[^1] is { Ends: null } last && last.WrittenEnd == Written.Length)
        {
            _cuts[^1] = last with { Ends = request };
        }
        else
        {
            _cuts.Add(new Cut(Written.Length, default, request));
        }
    }

    /// <summary>Fills in what comes next, as many pieces as there is room for, 2 or more.</summary>
    public int NextPieces(Span<ArraySegment<byte>> pieces)
    {
        var count = 0;
        var from = _writtenSent;
        var dataFrom = _dataSent;
        for (var i = _cutIndex; i < _cuts.Count; i++)
        {
            // Replies without data, one behind the other, are one piece.
            var cut = _cuts[i];
            var isLast = i + 1 == _cuts.Count;
            if (cut.WrittenEnd > from && (cut.Data.Count > 0 || isLast || count + 2 > pieces.Length))
            {
                pieces[count++] = new ArraySegment<byte>(Written.Array, from, cut.WrittenEnd - from);
                from = cut.WrittenEnd;
            }

            if (cut.Data.Count > dataFrom)
            {
                if (count == pieces.Length)
                {
                    break;
                }

                pieces[count++] = cut.Data[dataFrom..];
            }

            dataFrom = 0;
            if (count + 2 > pieces.Length)
            {
                break;
            }
        }

        return count;
    }

    /// <summary>Notes that the next bytes have left; requests whose replies have left whole are finished.</summary>
    public void Sent(int bytes)
    {
        while (_cutIndex < _cuts.Count)
        {
            var cut = _cuts[_cutIndex];
            var written = Math.Min(bytes, cut.WrittenEnd - _writtenSent);
            _writtenSent += written;
            bytes -= written;
            var data = Math.Min(bytes, cut.Data.Count - _dataSent);
            _dataSent += data;
            bytes -= data;
            if (_writtenSent < cut.WrittenEnd || _dataSent < cut.Data.Count)
            {
                return;
            }

            cut.Ends?.Finish();
            _cutIndex++;
            _dataSent = 0;
        }

        Invariant.Require(bytes == 0);
        Clear();
    }

    /// <summary>Forgets everything; requests whose replies have not left are finished.</summary>
    public void Clear()
    {
        for (; _cutIndex < _cuts.Count; _cutIndex++)
        {
            _cuts[_cutIndex].Ends?.Finish();
        }

        _cuts.Clear();
        Written.Clear();
        Written = Written.Array.Length > KeptBytes ? new HeaderBuffer(4 << 10) : Written;
        _cutIndex = 0;
        _dataSent = 0;
        _writtenSent = 0;
    }

    /// <summary>What was written up to here, then this data, and then a request is finished.</summary>
    private readonly record struct Cut(int WrittenEnd, ArraySegment<byte> Data, PendingRequest? Ends);
}
