namespace Crucible.Upstairs;

/// <summary>
/// Which generation the session has: the one that was asked for, else the next after all that replicas have promised. It rises
/// where an activation has to begin again after somebody recorded it.
/// </summary>
internal sealed class GenerationChoice(UpstairsSettings settings, ReplicaSet replicas)
{
    /// <summary>The generation taken; none before it is chosen.</summary>
    public Generation Current { get; private set; } = settings.Generation;

    /// <summary>The first one that this session took: one that was in sync in it, or later, was made so by this session.</summary>
    public Generation First { get; private set; }

    /// <summary>Chooses, unless that was done before. Null; else why there is none.</summary>
    public string? Choose()
    {
        if (Current == Generation.None && !settings.ReadOnly)
        {
            if (HighestPromised() == Generation.Last)
            {
                return $"generation {Generation.Last} was promised before, and none is above it";
            }

            Current = HighestPromised().Next();
        }

        First = First == Generation.None ? Current : First;
        return null;
    }

    /// <summary>
    /// One that has recorded that it is in sync may be gone by now, and those that are left may choose another source. So that it
    /// does not pass for one of them when it is back, they will be in sync in the next generation. Null; else why they can't.
    /// </summary>
    public string? Raise()
    {
        if (settings.Generation != Generation.None || Current == Generation.Last)
        {
            return $"a replica was lost while generation {Current} was recorded as in sync; try again with a higher one";
        }

        Current = Current.Next();
        return null;
    }

    private Generation HighestPromised()
    {
        var highest = Generation.None;
        foreach (var replica in replicas.All)
        {
            if (replica.Region is { } region && region.Promised > highest)
            {
                highest = region.Promised;
            }
        }

        return highest;
    }
}
