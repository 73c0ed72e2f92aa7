namespace Crucible;

/// <summary>
/// Whether a bug is planted here. Without the symbol PLANTED_BUGS, so in every build but the simulator's own, the answer is the
/// constant false: the compiler of the runtime inlines it and drops the branch, and nothing can switch a bug on.
/// </summary>
internal static class Planted
{
#if PLANTED_BUGS
    /// <summary>The one bug that is planted; none: the code is as it ships. Changed only while no life is lived.</summary>
    public static PlantedBug Bug { get; set; }

    public static bool Is(PlantedBug bug) => Bug == bug;
#else
    public static bool Is(PlantedBug bug) => false;
#endif
}
