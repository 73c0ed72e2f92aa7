using Crucible.Nbd.Tests.Conformance.Peers;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Crucible.Nbd.Tests.Conformance.Running;

/// <summary>A case against one peer.</summary>
public sealed class ConformanceCase : XunitTestCase
{
    [Obsolete("For the runner, which fills it in by deserialisation.")]
    public ConformanceCase()
    {
    }

    public ConformanceCase(
        IMessageSink diagnostics, TestMethodDisplay display, TestMethodDisplayOptions options, ITestMethod testMethod, Peer peer)
        : base(diagnostics, display, options, testMethod, [peer])
    {
    }

    protected override string? GetSkipReason(IAttributeInfo factAttribute)
    {
        var peer = (Peer)TestMethodArguments[0];
        return RequiresToolPeerAttribute.WhyNot(peer) ?? Quirks.WhyNot(peer, TestMethod.Method.Name);
    }
}
