using Crucible.Integration.Tests.Readme;
using Crucible.Tests.Shared;

namespace Crucible.Integration.Tests.Nbd.Clients;

/// <summary>A fact that boots Linux in QEMU, and is skipped where QEMU, another program, or the guest is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class RequiresGuestFactAttribute : FactAttribute
{
    /// <summary>What <c>scripts/guest-kernel</c> made.</summary>
    public static readonly string Folder = Path.Combine(Checkout.Folder, "artifacts", "guest");

    public RequiresGuestFactAttribute(params string[] tools)
    {
        Tools = tools;
        var missing = tools.Where(tool => RequiresToolFactAttribute.FindTool(tool) is null).ToArray();
        Skip = missing.Length > 0 ? $"not installed: {string.Join(", ", missing)}"
            : !File.Exists(Path.Combine(Folder, "initramfs")) ? "there is no guest: run scripts/guest-kernel, which makes one and says what it lacks"
            : null;
    }

    public IReadOnlyList<string> Tools { get; }
}
