using System.Diagnostics.Metrics;

namespace Crucible.Upstairs;

/// <summary>
/// The instruments of one volume. All but the durations are asked when somebody looks, and cost nothing otherwise. Each volume
/// has a meter of its own, which bears its id, so that a process with several can tell them apart.
/// </summary>
internal sealed class VolumeMetrics : IDisposable
{
    private static readonly RequestKind[] Kinds = Enum.GetValues<RequestKind>();

    private readonly UpstairsEngine _engine;
    private readonly Meter _meter;

    public VolumeMetrics(UpstairsEngine engine, VolumeId volume)
    {
        _engine = engine;
        _meter = new Meter(new MeterOptions("Crucible.Upstairs") { Tags = [new("volume", volume.ToString())] });
        AddRequests();
        AddVolume();
        AddReplicas();
        AddRepair();
    }

    public void Dispose() => _meter.Dispose();

    /// <summary>An operation's name in tags.</summary>
    internal static string NameOf(RequestKind kind) => kind switch
    {
        RequestKind.Read => "read",
        RequestKind.Write => "write",
        RequestKind.WriteZeroes => "write_zeroes",
        RequestKind.Discard => "discard",
        RequestKind.ReadStates => "read_states",
        _ => "flush",
    };

    private void AddRequests()
    {
        // One instrument an operation: the tag is the instrument's, so that recording needs no look at tags.
        _engine.Counts.MeasureBy([.. Kinds.Select(kind => _meter.CreateHistogram<double>(
            "crucible.upstairs.request.duration", "s", "Time from a guest's request to its answer.", [Operation(kind)]))]);
        _meter.CreateObservableCounter(
            "crucible.upstairs.requests", () => ByKind(static (c, k) => c.CompletedOf(k)), "{request}", "Requests of the guest that were answered.");
        _meter.CreateObservableCounter(
            "crucible.upstairs.requests.failed", () => ByKind(static (c, k) => c.FailedOf(k)), "{request}", "Requests of the guest that failed.");
        _meter.CreateObservableCounter(
            "crucible.upstairs.read", () => BytesOf(RequestKind.Read), "By", "Bytes that the guest read.");
        _meter.CreateObservableCounter(
            "crucible.upstairs.written", () => BytesOf(RequestKind.Write), "By", "Bytes that the guest wrote.");
    }

    private void AddVolume()
    {
        Number("crucible.upstairs.volume.active", "{volume}", "1 while the volume answers, else 0.", static core => core.State == VolumeState.Active ? 1 : 0);
        Number("crucible.upstairs.generation", "{generation}", "The generation under which it writes.", static core => (long)core.Generation.Value);
        Number("crucible.upstairs.jobs.active", "{job}", "Jobs in flight or held for replay.", static core => core.JobCount);
        Number("crucible.upstairs.requests.waiting", "{request}", "Requests of the guest that wait for room.", static core => core.WaitingCount);
        Number("crucible.upstairs.held", "By", "Bytes of writes held for replay.", static core => core.HeldBytes);
        _meter.CreateObservableCounter(
            "crucible.upstairs.replica.transitions", () => _engine.Inspect(_ => _engine.History.Noted), "{transition}", "Changes of replicas' states.");
    }

    private void AddReplicas()
    {
        _meter.CreateObservableGauge(
            "crucible.upstairs.replica.state", States, "{replica}", "1 for the state that a replica is in.");
        _meter.CreateObservableUpDownCounter(
            "crucible.upstairs.replica.jobs.outstanding", () => ByReplica(static r => r.OutstandingJobs), "{job}", "Jobs sent to a replica and not answered.");
        _meter.CreateObservableUpDownCounter(
            "crucible.upstairs.replica.outstanding", () => ByReplica(static r => r.OutstandingBytes), "By", "Bytes sent to a replica and not answered.");
        _meter.CreateObservableCounter(
            "crucible.upstairs.replica.bad_reads", () => ByReplica(static r => r.BadReads), "{read}", "Reads that a replica answered with damaged data or an error.");
    }

    // Of the repair under way; without one they are not told.
    private void AddRepair()
    {
        _meter.CreateObservableCounter(
            "crucible.upstairs.healed", () => (long)_engine.Inspect(static core => core.HealedBlocks), "{block}", "Blocks that a read found damaged and that were mended.");
        Repair("crucible.upstairs.repair.compared", "Bytes compared by the repair under way.", static repair => repair.ComparedBytes);
        Repair("crucible.upstairs.repair.copied", "Bytes copied by the repair under way.", static repair => repair.CopiedBytes);
        Repair("crucible.upstairs.repair.left", "Bytes that the repair under way has not compared yet.", static repair => repair.LeftBytes);
    }

    private void Repair(string name, string description, Func<RepairProgress, ulong> look) => _meter.CreateObservableGauge(
        name,
        () => _engine.Inspect(core => core.RepairAt(UpstairsEngine.Now()) is { } repair
            ? new Measurement<long>[] { new((long)look(repair), new KeyValuePair<string, object?>("replica", (int)repair.Target.Value)) }
            : []),
        "By",
        description);

    private void Number(string name, string unit, string description, Func<UpstairsCore, long> look) =>
        _meter.CreateObservableUpDownCounter(name, () => _engine.Inspect(look), unit, description);

    private static KeyValuePair<string, object?> Operation(RequestKind kind) => new("operation", NameOf(kind));

    private IEnumerable<Measurement<long>> ByKind(Func<RequestCounts, RequestKind, long> look)
    {
        var values = _engine.Inspect(_ => Array.ConvertAll(Kinds, kind => look(_engine.Counts, kind)));
        return Kinds.Zip(values, (kind, value) => new Measurement<long>(value, Operation(kind)));
    }

    private long BytesOf(RequestKind kind) => _engine.Inspect(_ => _engine.Counts.BlocksOf(kind)) * _engine.Definition.BlockSizeBytes;

    private List<Measurement<long>> ByReplica(Func<Replica, long> look) => _engine.Inspect(core =>
    {
        var values = new List<Measurement<long>>(ReplicaId.Count);
        foreach (var replica in core.Replicas)
        {
            values.Add(new Measurement<long>(look(replica), Identity(replica)));
        }

        return values;
    });

    private List<Measurement<long>> States() => _engine.Inspect(core =>
    {
        var values = new List<Measurement<long>>(ReplicaId.Count);
        foreach (var replica in core.Replicas)
        {
            values.Add(new Measurement<long>(1, [.. Identity(replica), new("state", replica.State.ToString().ToLowerInvariant())]));
        }

        return values;
    });

    private KeyValuePair<string, object?>[] Identity(Replica replica) =>
        [new("replica", (int)replica.Id.Value), new("address", _engine.TargetOf(replica.Id))];
}
