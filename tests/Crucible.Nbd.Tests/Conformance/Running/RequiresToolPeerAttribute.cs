using System.Reflection;
using Crucible.Nbd.Tests.Conformance.Peers;
using Crucible.Tests.Shared;

namespace Crucible.Nbd.Tests.Conformance.Running;

/// <summary>Says on a <see cref="Peer"/> which programs of the system it needs; its cases are skipped with their names otherwise.</summary>
[AttributeUsage(AttributeTargets.Field)]
internal sealed class RequiresToolPeerAttribute(params string[] tools) : Attribute
{
    public IReadOnlyList<string> Tools => tools;

    /// <summary>Why a peer can't run here; null where it can.</summary>
    public static string? WhyNot(Peer peer)
    {
        var field = typeof(Peer).GetField(peer.ToString())!;
        var missing = (field.GetCustomAttribute<RequiresToolPeerAttribute>()?.Tools ?? [])
            .Where(tool => RequiresToolFactAttribute.FindTool(tool) is null)
            .ToArray();
        return missing.Length > 0 ? $"not installed: {string.Join(", ", missing)}" : null;
    }
}
