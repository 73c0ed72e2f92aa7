namespace Crucible.Simulation;

/// <summary>Plants bugs, where the build has them.</summary>
internal static class PlantedSwitch
{
    /// <summary>Whether this build has them.</summary>
#if PLANTED_BUGS
    public static bool IsThere => true;
#else
    public static bool IsThere => false;
#endif

    /// <summary>The bugs that there are.</summary>
    public static IEnumerable<PlantedBug> All => Enum.GetValues<PlantedBug>().Where(static bug => bug != PlantedBug.None);

    /// <summary>Every life from now on has this bug, and no other; none: the code is as it ships.</summary>
    /// <returns>False: this build has no planted bugs.</returns>
    public static bool TryPlant(PlantedBug bug)
    {
#if PLANTED_BUGS
        Planted.Bug = bug;
        return true;
#else
        return false;
#endif
    }
}
