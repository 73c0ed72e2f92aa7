using System.Globalization;
using Crucible.Integration.Tests.Faults.Load;
using Crucible.Integration.Tests.Processes;
using Crucible.Upstairs;

namespace Crucible.Integration.Tests.Faults.Crashes;

/// <summary>
/// Kills all three daemons and the guest at a random instant, time after time, and looks at what is left through each pair of
/// the three in random order: a prefix of what was written, no earlier than what was promised, and the same whoever comes back
/// (I1, I2, I3).
/// </summary>
internal sealed class CrashRun : IAsyncDisposable
{
    private static readonly Geometry Small = new(4096, 256, 4);

    // The most that a guest tells before it is killed, bytes; about ten a change.
    private const int MostTold = 40_000;

    private readonly DownstairsTrio _trio = new(Small);
    private readonly Random _random;
    private readonly Action<string> _tell;
    private BlockStamp[] _held = new BlockStamp[Small.TotalBytes / Small.BlockSizeBytes];

    private CrashRun(int seed, Action<string> tell)
    {
        _random = new Random(seed);
        _tell = tell;
    }

    /// <summary>Crashes that were looked at.</summary>
    public int Crashes { get; private set; }

    /// <summary>Changes that were acknowledged and then lost, which a guest must expect where it had not flushed.</summary>
    public ulong LostUnflushed { get; private set; }

    public static async Task<CrashRun> StartAsync(int seed, Action<string> tell)
    {
        var run = new CrashRun(seed, tell);
        await run._trio.InitializeAsync();

        // A replica that was never in sync is none yet: with it and one other nothing opens. From here on there are three.
        await using var volume = await Volume.OpenAsync(new VolumeOptions { Targets = run._trio.Targets, ActivationGrace = RunningProgram.Patience });
        await volume.FlushAsync();
        return run;
    }

    /// <summary>One crash; all three daemons run before and after.</summary>
    public async Task CrashAsync(AckMode ack)
    {
        var run = (uint)++Crashes;
        var told = await KillEverythingAsync(run, ack);
        var pairs = new[] { (0, 1), (1, 2), (0, 2) };
        _random.Shuffle(pairs);
        BlockStamp[]? found = null;
        foreach (var pair in pairs)
        {
            var seen = await ReadThroughAsync(pair);
            if (found is null)
            {
                var floor = ack == AckMode.Quorum ? told.Acknowledged : told.Flushed;
                var after = new CrashHistory(_held, run).Find(seen, floor);
                LostUnflushed += told.Acknowledged > after ? told.Acknowledged - after : 0;
                _tell(string.Create(
                    CultureInfo.InvariantCulture,
                    $"crash {run}, {ack}: acknowledged up to {told.Acknowledged}, flushed up to {told.Flushed}; what is left ends after {after}"));
                found = seen;
            }
            else
            {
                var other = Enumerable.Range(0, seen.Length).FirstOrDefault(i => seen[i] != found[i], -1);
                Assert.True(other < 0, $"crash {run}: block {other} held {(other < 0 ? default : found[other])} at first and "
                    + $"{(other < 0 ? default : seen[other])} once {pair} came back (order {string.Join(' ', pairs)})");
            }
        }

        _held = found!;
        await _trio.StartAllAsync();
    }

    public ValueTask DisposeAsync() => new(_trio.DisposeAsync());

    private async Task<Promises> KillEverythingAsync(uint run, AckMode ack)
    {
        using var guest = RunningProgram.Start(
            GuestProcess.Program, ["ordered", "--run", run.ToString(CultureInfo.InvariantCulture), "--ack", ack.ToString(), .. _trio.Targets]);

        // One in ten dies while it opens the volume, or soon after.
        await guest.WaitForLengthAsync(_random.Next(10) == 0 ? _random.Next(2) : _random.Next(MostTold));
        Task[] kills = [_trio.KillAllAsync(), guest.KillAsync()];
        await Task.WhenAll(kills);
        var end = await guest.WaitForEndAsync();
        return Promises.Parse(end.Output);
    }

    private async Task<BlockStamp[]> ReadThroughAsync((int A, int B) pair)
    {
        await Task.WhenAll(_trio.StartAsync(pair.A), _trio.StartAsync(pair.B));
        BlockStamp[] seen;
        await using (var volume = await Volume.OpenAsync(new VolumeOptions
        {
            Targets = _trio.Targets,
            ActivationGrace = TimeSpan.Zero,
            ActivationTimeout = RunningProgram.Patience,
        }))
        {
            seen = await WholeVolume.ReadAsync(volume);
        }

        await Task.WhenAll(_trio.KillAsync(pair.A), _trio.KillAsync(pair.B));
        return seen;
    }

    /// <summary>What a guest was promised before it died.</summary>
    private readonly record struct Promises(ulong Acknowledged, ulong Flushed)
    {
        public static Promises Parse(string told)
        {
            var promises = default(Promises);

            // Without its end a line may have been cut off.
            foreach (var line in told[..(told.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var number = ulong.Parse(line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture);
                promises = line[0] switch
                {
                    'a' => promises with { Acknowledged = Math.Max(promises.Acknowledged, number) },
                    'f' => promises with { Flushed = Math.Max(promises.Flushed, number) },
                    _ => promises,
                };
            }

            return promises;
        }
    }
}
