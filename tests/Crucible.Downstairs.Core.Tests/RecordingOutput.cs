using Crucible.Protocol;

namespace Crucible.Downstairs.Core.Tests;

/// <summary>Writes down, in order and in words, what the core wants done.</summary>
internal sealed class RecordingOutput : IDownstairsOutput
{
    private readonly List<string> _lines = [];

    public RegionFacts Facts { get; set; } = new(
        VolumeId.None, default, default, default, false, default, default, default, default, true, false);

    public ErrorCode AppendResult { get; set; }

    public List<(Peer To, object Header)> Sent { get; } = [];

    public ExtentVersion VersionOf(ExtentId extent) => new(new Generation(7), new FlushNumber(extent.Value), false, false);

    public void Send<T>(Peer to, in T header)
        where T : struct, IWireHeader<T>
    {
        Sent.Add((to, header));
        _lines.Add($"send {to.Id} {T.Kind}");
    }

    public void SendAck(Peer to, in JobAckHeader header)
    {
        Sent.Add((to, header));
        _lines.Add($"ack {to.Id} {header.Job} {header.Result}");
    }

    public ErrorCode AppendWrite(Peer from, in WriteHeader header, ReadOnlyMemory<byte> blocks)
    {
        if (AppendResult == ErrorCode.None)
        {
            _lines.Add($"append write {header.Job}");
        }

        return AppendResult;
    }

    public ErrorCode AppendZeroes(Peer from, in WriteZeroesHeader header) => Record($"append zeroes {header.Job}");

    public ErrorCode AppendDiscard(Peer from, in DiscardHeader header) => Record($"append discard {header.Job}");

    public ErrorCode AppendFlush(Peer from, in FlushHeader header) => Record($"append flush {header.Job} fln:{header.Flush}");

    public ErrorCode AppendRepair(Peer from, in RepairWriteHeader header, ReadOnlyMemory<byte> blocks)
    {
        _lines.Add($"append repair {header.Job}");
        return AppendResult;
    }

    public ErrorCode AppendExtentVersion(Peer from, in SetExtentVersionHeader header) =>
        Record($"append version {header.Extent} {header.VersionGeneration}:{header.VersionFlush}");

    public void Promote(Peer from, in PromoteToActiveHeader header) => _lines.Add($"promote {from.Id} {header.Generation}");

    public void Note(Peer from, in RegionNoteRequest request) => _lines.Add(
        $"note {request.Note} {request.Generation} {request.Job}"
        + (request.LastJob == default ? "" : $" after {request.LastJob} flush {request.LastFlush}"));

    public void RequestSync() => _lines.Add("sync");

    public void Read(Peer from, in ReadHeader header) => _lines.Add($"read {from.Id} {header.Job}");

    public void ReadStates(Peer from, in ReadStatesHeader header) => _lines.Add($"states {from.Id} {header.Job}");

    public void ReadContexts(Peer from, in ReadContextsHeader header) => _lines.Add($"contexts {from.Id} {header.Job}");

    public void Skipped(Peer from, JobId job, ErrorCode result) => _lines.Add($"skipped {job} {result}");

    public void Close(Peer peer, string reason) => _lines.Add($"close {peer.Id}");

    public void Log(DownstairsEvent what, Peer? peer, string text)
    {
        Assert.DoesNotContain('\n', text);
        LastText = text;
    }

    public string LastText { get; private set; } = "";

    /// <summary>What was done since the last call.</summary>
    public string[] Take()
    {
        var lines = _lines.ToArray();
        _lines.Clear();
        return lines;
    }

    private ErrorCode Record(string line)
    {
        _lines.Add(line);
        return AppendResult;
    }

    public T LastSent<T>() => Sent.Select(s => s.Header).OfType<T>().Last();
}
