using Crucible.Upstairs;

namespace Crucible.Simulation;

/// <summary>
/// The faults have stopped: the volume must become healthy by itself in bounded time, every request be answered, and the
/// three regions be equal, block by block, to what the guests are told.
/// </summary>
internal static class Ending
{
    private static readonly TimeSpan HealsWithin = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan SettlesWithin = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan NoticedWithin = TimeSpan.FromMilliseconds(300);

    public static void Run(World world)
    {
        if (world.Story.IsOn)
        {
            world.Story.Tell("world", "the faults have stopped");
        }

        world.Injector.EndAll();
        world.Damage.EndRot();
        foreach (var node in world.Downstairs)
        {
            if (world.Damage.Owner == node.Replica && !world.Damage.IsSeenWhole(now: true))
            {
                world.Operator.Replace(node, "its disk is not to be trusted");
            }
        }

        world.TakesRequests = false;
        Life.RunUntil(world, NoticedWithin, static _ => false);
        Require(world, HealsWithin, IsHealthy, "the volume is not healthy");
        CloseOthers(world);
        Require(world, SettlesWithin, static w => w.Outstanding.Count == 0, "requests are not answered");
        ReadAll(world);
        Require(world, SettlesWithin, IsQuiet, "the upstairs does not come to rest");
        CompareReadable(world);
        Scrub(world);
        CompareRegions(world);
        CloseAll(world);
        ReadOnly(world);
        world.Checks.Limits.OnEnd();
    }

    private static bool IsHealthy(World world)
    {
        if (world.Current is not { IsServing: true } upstairs)
        {
            return false;
        }

        foreach (var replica in upstairs.Core.Replicas)
        {
            // What happened a moment ago may not have been noticed yet.
            if (replica.State != ReplicaState.Active || world.Scheduler.Now - replica.Since < NoticedWithin
                || world.Downstairs[replica.Id.Value].Region is not { Faulted: false })
            {
                return false;
            }
        }

        return !world.Damage.IsAny;
    }

    private static bool IsQuiet(World world) => world.Current!.Core is { JobCount: 0, HasUnflushed: false };

    private static void Require(World world, TimeSpan within, Func<World, bool> isSo, string problem)
    {
        if (!Life.RunUntil(world, within, isSo))
        {
            throw new ViolationException("liveness", $"{within.TotalSeconds:0} s after the faults stopped {problem}: "
                + $"{world.Health.Describe()}; volume {world.Current?.Core.State} {world.Current?.Core.Cause}; {world.Outstanding.Count} requests outstanding"
                + (world.Outstanding.Count > 0 ? $", as {world.Outstanding[0].Request} at {world.Outstanding[0].At.Name}" : ""));
        }
    }

    // Every block through the volume: what is read is held against all that was promised.
    private static void ReadAll(World world)
    {
        var left = 0;
        var failed = "";
        var definition = world.Plan.Geometry;
        for (ulong start = 0; start < definition.TotalBlocks; start += definition.ExtentSizeBlocks)
        {
            left++;
            world.Submit(world.Current!, world.Requests.Make(null, RequestKind.Read, start, definition.ExtentSizeBlocks, done =>
            {
                left--;
                var isLost = done.Outcome == ErrorCode.IntegrityError && world.Damage.MayHaveLostBlocks;
                failed = done.Outcome == ErrorCode.None || isLost ? failed : $"{done} ended with {done.Outcome}";
            }));
            left++;
            world.Submit(world.Current!, world.Requests.Make(null, RequestKind.ReadStates, start, definition.ExtentSizeBlocks, done =>
            {
                left--;
                failed = done.Outcome == ErrorCode.None ? failed : $"{done} ended with {done.Outcome}";
            }));
        }

        left++;
        world.Submit(world.Current!, world.Requests.Make(null, RequestKind.Flush, 0, 0, _ => left--));
        Require(world, SettlesWithin, _ => left == 0, "the whole volume can't be read");
        if (failed.Length > 0)
        {
            throw new ViolationException("I6", $"with three healthy replicas {failed}");
        }
    }

    // A scrub would hide that replicas differ: what each of them can read must be alike before.
    private static void CompareReadable(World world)
    {
        var size = world.Plan.Geometry.ContextSizeBytes;
        var contexts = new byte[ReplicaId.Count][];
        foreach (var node in world.Downstairs)
        {
            RegionProbe.ReadAll(node.Region!, world.Plan.Geometry, out _, out contexts[node.Replica], out _);
        }

        for (var block = 0; block < (int)world.Plan.Geometry.TotalBlocks; block++)
        {
            byte[]? first = null;
            foreach (var own in contexts)
            {
                var context = own.AsSpan(block * size, size);
                if (!BlockContext.IsKnown(context))
                {
                    continue;
                }

                first ??= context.ToArray();
                if (!context.SequenceEqual(first))
                {
                    throw new ViolationException("I3", $"two replicas are active and at rest, and differ at block {block}");
                }
            }
        }
    }

    // A repair that could not read a block somewhere leaves it to healing, which a scrub brings about everywhere.
    private static void Scrub(World world)
    {
        if (world.Current!.BeginScrub() is { } problem)
        {
            throw new ViolationException("liveness", $"the volume is healthy and can't be scrubbed: {problem}");
        }

        Require(world, SettlesWithin, static w => w.Current is { IsServing: true } current && !current.IsScrubbing, "the scrub has not ended");
    }

    private static void CompareRegions(World world)
    {
        byte[]? first = null;
        var definition = world.Plan.Geometry;
        foreach (var node in world.Downstairs)
        {
            if (!RegionProbe.ReadAll(node.Region!, definition, out _, out var contexts, out var problem) && !world.Damage.MayHaveLostBlocks)
            {
                throw new ViolationException("I6", $"replica {node.Replica} is active, and {problem}");
            }

            first ??= contexts;
            if (!first.AsSpan().SequenceEqual(contexts))
            {
                var at = first.AsSpan().CommonPrefixLength(contexts) / definition.ContextSizeBytes;
                throw new ViolationException("I3", $"replicas 0 and {node.Replica} are both active and at rest, and differ at block {at}");
            }
        }
    }

    // Nobody writes any more: who opens the volume read only finds three that are alike, and the state that was left.
    private static void ReadOnly(World world)
    {
        if (!world.Plan.HasReader)
        {
            return;
        }

        world.Operator.KeepsClosed = true;
        var reader = world.StartReader(0, world.Random.Fork(9), null);
        reader.Log.Begin(Generation.None, world.Checks.Sessions.MaxBy(static session => session.Generation));
        Require(world, SettlesWithin, _ => reader.IsServing, "the volume can't be opened read only");
        foreach (var replica in reader.Core.Replicas)
        {
            if (replica.State != ReplicaState.Active)
            {
                throw new ViolationException("I3", $"the volume was closed healthy, and read only replica {replica.Id} is {replica.State}: {replica.Cause} ({Describe(reader)})");
            }
        }

        var definition = world.Plan.Geometry;
        var left = definition.ExtentCount;
        var failed = "";
        for (ulong start = 0; start < definition.TotalBlocks; start += definition.ExtentSizeBlocks)
        {
            world.Submit(reader, world.Requests.Make(null, RequestKind.Read, start, definition.ExtentSizeBlocks, done =>
            {
                left--;
                var isLost = done.Outcome == ErrorCode.IntegrityError && world.Damage.MayHaveLostBlocks;
                failed = done.Outcome == ErrorCode.None || isLost ? failed : $"{done} ended with {done.Outcome}";
            }));
        }

        Require(world, SettlesWithin, _ => left == 0, "the whole volume can't be read, read only");
        if (failed.Length > 0)
        {
            throw new ViolationException("I6", $"read only, with three healthy replicas, {failed}");
        }

        reader.Close();
    }

    private static string Describe(UpstairsNode reader)
    {
        var text = "";
        foreach (var replica in reader.Core.Replicas)
        {
            text += $"{(text.Length > 0 ? "; " : "")}{replica.Info}, extents {string.Join(' ', replica.ExtentVersions.ToArray())}";
        }

        return text;
    }

    private static void CloseOthers(World world)
    {
        foreach (var upstairs in world.Upstairs.ToArray())
        {
            if (upstairs != world.Current)
            {
                upstairs.Close();
            }
        }
    }

    private static void CloseAll(World world)
    {
        foreach (var upstairs in world.Upstairs.ToArray())
        {
            upstairs.Close();
        }
    }
}
