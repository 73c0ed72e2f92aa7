using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Crucible.Upstairs;

/// <summary>
/// What the guest's requests came to: plain numbers, counted under the engine's lock, where a request is completed anyway.
/// Durations are measured only while somebody listens.
/// </summary>
internal sealed class RequestCounts
{
    private const int Kinds = (int)RequestKind.ReadStates + 1;

    private readonly long[] _completed = new long[Kinds];
    private readonly long[] _failed = new long[Kinds];
    private readonly long[] _blocks = new long[Kinds];
    private Histogram<double>[]? _durations;

    /// <summary>Whether somebody listens to how long requests take.</summary>
    public bool IsTiming => _durations is { } durations && durations[0].Enabled;

    /// <summary>One histogram for each <see cref="RequestKind"/>.</summary>
    public void MeasureBy(Histogram<double>[] durations) => _durations = durations;

    public long CompletedOf(RequestKind kind) => _completed[(int)kind];

    public long FailedOf(RequestKind kind) => _failed[(int)kind];

    /// <summary>Blocks of the requests that succeeded.</summary>
    public long BlocksOf(RequestKind kind) => _blocks[(int)kind];

    public void Count(VolumeRequest request, ErrorCode result)
    {
        var kind = (int)request.Kind;
        _completed[kind]++;
        if (result != ErrorCode.None)
        {
            _failed[kind]++;
        }
        else
        {
            foreach (ref readonly var piece in request.Pieces)
            {
                _blocks[kind] += piece.BlockCount;
            }
        }

        if (request.BeganAt != 0)
        {
            _durations?[kind].Record(Stopwatch.GetElapsedTime(request.BeganAt).TotalSeconds);
        }
    }
}
