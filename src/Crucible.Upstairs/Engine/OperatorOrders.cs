namespace Crucible.Upstairs;

/// <summary>What people have done to a volume while its guest runs: a replica replaced, everything scrubbed.</summary>
internal sealed class OperatorOrders(Lock gate, UpstairsCore core, ReplicaLink[] links, Settlement settlement)
{
    /// <summary>Lets the downstairs at another address take the place of one of the three.</summary>
    /// <exception cref="InvalidVolumeOptionsException">The addresses can't be, or are not one of ours and one that is not.</exception>
    /// <exception cref="VolumeException">It can't be done now; the message says why.</exception>
    public void Replace(string oldTarget, string newTarget)
    {
        var (from, to) = (Target.Parse(oldTarget), Target.Parse(newTarget));
        lock (gate)
        {
            var link = Array.Find(links, l => l.Target == from)
                ?? throw new InvalidVolumeOptionsException($"{from} is none of the targets {string.Join(", ", links.Select(l => l.Target))}");
            if (Array.Exists(links, l => l.Target == to))
            {
                throw new InvalidVolumeOptionsException($"{to} is one of the targets already");
            }

            if (core.WhyNotReplace(link.Id) is { } reason)
            {
                throw new VolumeException(ErrorCode.NotEnoughReplicas, $"{from} can't be replaced now: {reason}");
            }

            link.Retarget(to);
            core.Replace(link.Id, $"{to} takes the place of {from}", UpstairsEngine.Now());
        }

        settlement.Settle();
    }

    /// <summary>Begins a scrub; tells its number.</summary>
    /// <exception cref="VolumeException">It can't be done now; the message says why.</exception>
    public int BeginScrub(long bytesPerSecond)
    {
        lock (gate)
        {
            return core.BeginScrub(bytesPerSecond, UpstairsEngine.Now()) is { } reason
                ? throw new VolumeException(ErrorCode.NotEnoughReplicas, $"no scrub can begin: {reason}")
                : core.ScrubAt(UpstairsEngine.Now())!.Value.Number;
        }
    }

    /// <summary>Ends a scrub early, if it is still the one that runs.</summary>
    public void EndScrub(int number)
    {
        lock (gate)
        {
            core.EndScrub(number, UpstairsEngine.Now());
        }
    }
}
