using Crucible.Nbd.Tests.Conformance.Peers;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace Crucible.Nbd.Tests.Conformance.Running;

/// <summary>Makes one test of a case for every peer.</summary>
public sealed class ConformanceDiscoverer(IMessageSink diagnostics) : IXunitTestCaseDiscoverer
{
    public IEnumerable<IXunitTestCase> Discover(ITestFrameworkDiscoveryOptions discoveryOptions, ITestMethod testMethod, IAttributeInfo factAttribute)
    {
        foreach (var peer in Enum.GetValues<Peer>())
        {
            yield return new ConformanceCase(
                diagnostics, discoveryOptions.MethodDisplayOrDefault(), discoveryOptions.MethodDisplayOptionsOrDefault(), testMethod, peer);
        }
    }
}
