using System.Diagnostics.Metrics;
using Crucible.Storage;

namespace Crucible.Downstairs;

/// <summary>
/// The instruments of one region. All but the durations are asked when somebody looks, and cost nothing otherwise.
/// </summary>
internal sealed class DownstairsMetrics : IDisposable
{
    private static readonly JobOperation[] Operations = Enum.GetValues<JobOperation>();

    private readonly Region _region;
    private readonly DownstairsEngine _engine;
    private readonly Meter _meter;

    public DownstairsMetrics(Region region, DownstairsEngine engine)
    {
        _region = region;
        _engine = engine;
        _meter = new Meter(new MeterOptions("Crucible.Downstairs") { Tags = [new("region", region.Id.ToString())] });
        Appends = _meter.CreateHistogram<double>(
            "crucible.downstairs.append.duration", "s", "Time to put the jobs that arrived together into the journal.");
        Syncs = _meter.CreateHistogram<double>(
            "crucible.downstairs.sync.duration", "s", "Time to make the journal durable.");
        AddJobs();
        AddRegion();
        AddScrub();
    }

    public Histogram<double> Appends { get; }

    public Histogram<double> Syncs { get; }

    public void Dispose() => _meter.Dispose();

    private static string NameOf(JobOperation operation) => operation switch
    {
        JobOperation.Read => "read",
        JobOperation.ReadStates => "read_states",
        JobOperation.ReadContexts => "read_contexts",
        JobOperation.Write => "write",
        JobOperation.WriteZeroes => "write_zeroes",
        JobOperation.Discard => "discard",
        JobOperation.Flush => "flush",
        _ => "repair_write",
    };

    private void AddJobs()
    {
        _meter.CreateObservableCounter("crucible.downstairs.jobs", Jobs, "{job}", "Jobs that came.");
        Counter("crucible.downstairs.read", "By", "Bytes asked for by reads.", () => Bytes(JobOperation.Read));
        Counter("crucible.downstairs.written", "By", "Bytes of writes that came.", () => Bytes(JobOperation.Write));
        Counter("crucible.downstairs.repaired", "By", "Bytes of repair writes that came.", () => Bytes(JobOperation.RepairWrite));
        Counter("crucible.downstairs.syncs", "{sync}", "Times the journal was made durable.", () => _engine.Syncs.Count);
        Counter("crucible.downstairs.refused", "{connection}", "Greetings and promotions refused.", () => _engine.Inspect((_, counts) => counts.Refused));
        Counter("crucible.downstairs.violations", "{connection}", "Connections that broke the protocol.", () => _engine.Inspect((_, counts) => counts.Violations));
        Counter("crucible.downstairs.damaged_reads", "{read}", "Reads that met damaged blocks.", () => _engine.DamagedReads);
        Number("crucible.downstairs.jobs.active", "{job}", "Jobs that are not answered.", () => _engine.GetWork(0) is var work ? work.Uncommitted + work.Unsynced + work.Reads : 0);
        Number("crucible.downstairs.connections", "{connection}", "Connections.", () => _engine.Inspect((core, _) => (long)core.ConnectionCount));
    }

    private void AddRegion()
    {
        Number("crucible.downstairs.journal.used", "By", "Bytes of journal not yet applied.", () => (long)_region.JournalBytesUsed);
        Number("crucible.downstairs.journal.size", "By", "Bytes of journal in all.", () => (long)_region.JournalBytes);
        Number("crucible.downstairs.faulted", "{region}", "1 where the region takes no further job, else 0.", () => _engine.IsFaulted ? 1 : 0);
        Number("crucible.downstairs.repairing", "{region}", "1 while the region is under repair, else 0.", () => _region.State.Repairing ? 1 : 0);
        Number("crucible.downstairs.extents.damaged", "{extent}", "Extents in which damage was found.", () => StatusTaker.CountDamaged(_region));
        Number("crucible.downstairs.generation.promised", "{generation}", "The highest generation promised.", () => (long)_region.State.PromisedGeneration.Value);
        Number("crucible.downstairs.generation.in_sync", "{generation}", "The generation it was last in sync in.", () => (long)_region.State.InSyncGeneration.Value);
    }

    private void AddScrub()
    {
        Number("crucible.downstairs.scrub.running", "{scrub}", "1 while the region is scrubbed, else 0.", () => _engine.Scrub.Status is { State: ScrubState.Running } ? 1 : 0);
        Number("crucible.downstairs.scrub.checked", "By", "Bytes of the region that the scrub under way, or the last one, has looked at.", () => _engine.Scrub.Status?.CheckedBytes ?? 0);
        Number("crucible.downstairs.scrub.bad_blocks", "{block}", "Damaged blocks that the scrub under way, or the last one, has found.", () => _engine.Scrub.Status?.BadBlocks ?? 0);
    }

    private void Counter(string name, string unit, string description, Func<long> look) =>
        _meter.CreateObservableCounter(name, look, unit, description);

    private void Number(string name, string unit, string description, Func<long> look) =>
        _meter.CreateObservableUpDownCounter(name, look, unit, description);

    private long Bytes(JobOperation operation) =>
        _engine.Inspect((_, counts) => counts.BlocksOf(operation)) * _region.Definition.BlockSizeBytes;

    private IEnumerable<Measurement<long>> Jobs()
    {
        var values = _engine.Inspect((_, counts) => Array.ConvertAll(Operations, counts.JobsOf));
        return Operations.Zip(values, (operation, value) => new Measurement<long>(value, new KeyValuePair<string, object?>("operation", NameOf(operation))));
    }
}
