using Crucible.Tests.Shared;

namespace Crucible.Integration.Tests.Nbd.Clients;

/// <summary>A fact that mounts a disk through FUSE and a loop device, and is skipped where that, or one of its programs, is not to be had.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresMountFactAttribute : FactAttribute
{
    private static readonly string[] Devices = ["/dev/fuse", "/dev/loop-control"];

    public RequiresMountFactAttribute(params string[] tools)
    {
        Tools = tools;
        var missing = tools.Where(tool => RequiresToolFactAttribute.FindTool(tool) is null).ToArray();
        var devices = Devices.Where(device => !File.Exists(device)).ToArray();
        Skip = (missing, devices) switch
        {
            ({ Length: > 0 }, _) => $"not installed: {string.Join(", ", missing)}",
            (_, { Length: > 0 }) => $"there is no {string.Join(" and no ", devices)}",
            _ when !Environment.IsPrivilegedProcess => "needs root, to mount a file system",
            _ => null,
        };
    }

    public IReadOnlyList<string> Tools { get; }
}
