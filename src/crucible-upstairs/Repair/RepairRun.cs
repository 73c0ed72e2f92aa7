using System.Globalization;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>Watches the volume repair itself.</summary>
internal sealed class RepairRun(VolumeSession session, bool watch)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SayAgain = TimeSpan.FromSeconds(2);

    private readonly Volume _volume = session.Volume;
    private string _said = "";
    private long _saidAt;

    public async Task<int> RunAsync()
    {
        using var timer = new PeriodicTimer(Look);
        try
        {
            while (true)
            {
                var status = _volume.GetStatus();
                if (status.State != VolumeState.Active)
                {
                    throw new CommandFailedException($"the volume is {status.State.ToString().ToLowerInvariant()}: {status.Cause}");
                }

                var alike = status.Replicas.All(r => r.State == ReplicaState.Active);
                if (alike && !watch)
                {
                    return Report(status);
                }

                Say(status, alike);
                await timer.WaitForNextTickAsync(session.Stop);
            }
        }
        catch (OperationCanceledException) when (session.Stop.IsCancellationRequested)
        {
            // Whoever watches ends it so; whoever waits for the end has not seen it.
            return watch ? Report(_volume.GetStatus()) : await session.InterruptAsync(Describe(_volume.GetStatus()));
        }
    }

    private int Report(VolumeStatus status)
    {
        if (session.Options.Json)
        {
            JsonOutput.WriteLine(VolumeReports.InfoOf(_volume.GetStatus()));
        }
        else
        {
            var copied = status.Replicas.Sum(r => (long)r.RepairedBlocks) * _volume.BlockSizeBytes;
            Console.WriteLine(status.Replicas.All(r => r.State == ReplicaState.Active)
                ? $"all three replicas are active; {ByteSize.Format(copied)} copied"
                : Describe(status));
        }

        return ExitCode.Success;
    }

    // A line when something changes, and every two seconds while a repair goes on.
    private void Say(VolumeStatus status, bool alike)
    {
        var text = alike ? "all three replicas are active" : Describe(status);
        var key = alike || status.Repair is null ? text : $"{status.Repair.Value.Target}";
        var due = status.Repair is not null && System.Diagnostics.Stopwatch.GetElapsedTime(_saidAt) >= SayAgain;
        if (key == _said && !due)
        {
            return;
        }

        _said = key;
        _saidAt = System.Diagnostics.Stopwatch.GetTimestamp();
        session.Options.Say(text);
    }

    private static string Describe(VolumeStatus status) => status.Repair is { } repair
        ? $"repair: {ProgressText.Of(VolumeReports.InfoOf(repair))}"
        : string.Join("; ", status.Replicas.Where(r => r.State != ReplicaState.Active).Select(r => string.Create(
            CultureInfo.InvariantCulture, $"{r.Address} is {r.State.ToString().ToLowerInvariant()}: {r.Cause}")));
}
