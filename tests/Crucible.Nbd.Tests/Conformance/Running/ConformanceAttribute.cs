using Xunit.Sdk;

namespace Crucible.Nbd.Tests.Conformance.Running;

/// <summary>
/// A case of the suite: a method that takes a <see cref="Peers.Peer"/> and is run once against each of them. It is skipped
/// where the peer's program is not installed, or where <see cref="Peers.Quirks"/> says why it does not apply to that peer.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("Crucible.Nbd.Tests.Conformance.Running.ConformanceDiscoverer", "Crucible.Nbd.Tests")]
public sealed class ConformanceAttribute : FactAttribute;
