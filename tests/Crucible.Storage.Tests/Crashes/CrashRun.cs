using Crucible.Simulation;

namespace Crucible.Storage.Tests;

/// <summary>One seed: random jobs, syncs, applies, failures and crashes, held against <see cref="CrashModel"/>.</summary>
internal sealed class CrashRun
{
    private static readonly Generation Generation = new(3);
    private static readonly double[] Keeps = [0, 0.1, 0.5, 0.9, 1];

    private readonly Random _random;
    private readonly RegionDefinition _definition;
    private readonly SimulatedStorage _storage;
    private readonly CrashModel _model;
    private readonly uint _largest;
    private readonly int _largeWriteBytes;
    private Region _region;
    private ApplyPlan? _plan;
    private ulong _flush;

    public CrashRun(int seed)
    {
        _random = new Random(seed);
        _definition = seed % 12 == 0
            ? new RegionDefinition(8192, 130, 2, encrypted: seed % 24 == 0)
            : new RegionDefinition(512, 40, 25, encrypted: seed % 2 == 0);
        _largest = seed % 12 == 0 ? 120U : 12U;

        // None, all, or the larger ones are direct writes.
        _largeWriteBytes = (seed / 2 % 4) switch { 0 => 0, 1 => 1, _ => 4 * (int)_definition.BlockSizeBytes };
        _storage = TestRegion.Create(_definition);
        _model = new CrashModel(_definition);
        _region = TestRegion.Open(_storage, largeWriteBytes: _largeWriteBytes);
    }

    public void Go(int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            Step();
        }

        PowerFails();
        _region.Close();
        _region = TestRegion.Open(_storage, largeWriteBytes: _largeWriteBytes);
        Assert.Equal(0UL, _region.JournalBytesUsed);
        _model.CheckAll(_region);
        _region.Close();
    }

    private void Step()
    {
        var choice = _random.Next(100);
        switch (choice)
        {
            case < 45:
                Append();
                break;
            case < 55:
                Flush();
                break;
            case < 65:
                Sync();
                break;
            case < 80:
                ApplyPart();
                break;
            case < 90:
                var extent = (uint)_random.Next((int)_definition.ExtentCount);
                _model.Check(_region, extent * _definition.ExtentSizeBlocks, _definition.ExtentSizeBlocks);
                break;
            case < 93:
                OrderFailure();
                break;
            case < 95:
                ProcessDies();
                break;
            case < 98:
                PowerFails();
                break;
            default:
                Reopen();
                break;
        }

        if (_region.Faulted && _random.Next(2) == 0)
        {
            ProcessDies();
        }
        else if (_region.Faulted)
        {
            PowerFails();
        }
    }

    private void Append()
    {
        var batch = _region.BeginAppend();
        for (var i = _random.Next(1, 4); i > 0; i--)
        {
            if (!AddJob(batch))
            {
                break;
            }
        }

        Commit(batch);
    }

    private bool AddJob(AppendBatch batch)
    {
        var extent = (uint)_random.Next((int)_definition.ExtentCount);
        var count = (uint)_random.Next(1, (int)_largest + 1);
        var start = (extent * _definition.ExtentSizeBlocks) + (uint)_random.Next((int)(_definition.ExtentSizeBlocks - count) + 1);
        var job = new JobId(_model.LastJob + 1);
        var kind = _random.Next(10);
        var version = kind switch { 0 => CrashModel.NeverWritten, 1 => CrashModel.Zeroes, _ => _model.NextVersion() };
        AppendResult result;
        if (kind <= 1)
        {
            result = kind == 0
                ? batch.AddDiscard(Generation, job, new BlockIndex(start), count)
                : batch.AddWriteZeroes(Generation, job, new BlockIndex(start), count);
        }
        else
        {
            var data = TestRegion.Data(_definition, start, count, version);
            result = batch.AddWrite(
                Generation, job, new BlockIndex(start), count, TestRegion.Contexts(_definition, start, data), data);
        }

        if (result.IsAdded)
        {
            _model.Written(start, count, version);
        }
        else
        {
            Assert.Equal(ErrorCode.None, result.Error);
        }

        return result.IsAdded;
    }

    private void Flush()
    {
        var batch = _region.BeginAppend();
        var number = new FlushNumber(++_flush);
        if (batch.AddFlush(Generation, new JobId(_model.LastJob + 1), number).IsAdded)
        {
            _model.Flushed(Generation, number);
            Commit(batch);
            Sync();
        }
    }

    private void Commit(AppendBatch batch)
    {
        var error = _region.Commit(batch);
        Assert.Equal(_region.Faulted, error != ErrorCode.None);
    }

    private void Sync()
    {
        if (_region.Sync() == ErrorCode.None)
        {
            _model.Synced();
        }
    }

    /// <summary>One step of an apply: other things happen between its steps.</summary>
    private void ApplyPart()
    {
        if (_plan is null)
        {
            _plan = _region.PlanApply(force: _random.Next(2) == 0);
        }
        else if (!_plan.IsExecuted)
        {
            _region.Execute(_plan);
        }
        else
        {
            _region.Commit(_plan);
            _plan = null;
        }
    }

    private void OrderFailure()
    {
        var left = _random.Next(12);
        if (_random.Next(2) == 0)
        {
            _storage.Failures.WritesLeft = left;
        }
        else
        {
            _storage.Failures.SyncsLeft = left;
        }
    }

    private void Reopen()
    {
        _plan = null;
        _storage.Failures.WritesLeft = _storage.Failures.SyncsLeft = null;
        Assert.Equal(ErrorCode.None, _region.Close());
        _model.Synced();
        Recover();
    }

    private void ProcessDies()
    {
        _storage.Kill();
        Recover();
        if (_random.Next(2) == 0)
        {
            // What was read after a recovery stays, whatever happens then.
            _model.Synced();
            PowerFails();
        }
    }

    private void PowerFails()
    {
        _storage.Crash(_random, Keeps[_random.Next(Keeps.Length)]);
        while (_random.Next(4) == 0)
        {
            // And again, while the region is being opened.
            _storage.Failures.SyncsLeft = _random.Next(3);
            try
            {
                TestRegion.Open(_storage, largeWriteBytes: _largeWriteBytes);
            }
            catch (StorageException)
            {
            }

            _storage.Crash(_random, Keeps[_random.Next(Keeps.Length)]);
        }

        Recover();
    }

    private void Recover()
    {
        _plan = null;
        _storage.Failures.WritesLeft = _storage.Failures.SyncsLeft = null;
        _region = TestRegion.Open(_storage, largeWriteBytes: _largeWriteBytes);
        _model.Recovered(_region.State.Position.Job.Value);
        _model.CheckAll(_region);
    }
}
