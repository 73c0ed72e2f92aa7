namespace Crucible.Integration.Tests.Faults;

/// <summary>A fact that mounts a file system, and is skipped where we may not.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresRootFactAttribute : FactAttribute
{
    public RequiresRootFactAttribute()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Skip = "needs root, to mount a small tmpfs";
        }
    }
}
