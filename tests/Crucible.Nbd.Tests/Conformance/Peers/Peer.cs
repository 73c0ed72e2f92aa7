using Crucible.Nbd.Tests.Conformance.Running;

namespace Crucible.Nbd.Tests.Conformance.Peers;

/// <summary>The servers that the suite is run against. The first two show that the suite itself is right.</summary>
public enum Peer
{
    /// <summary>QEMU's server over a qcow2 file.</summary>
    [RequiresToolPeer("qemu-nbd", "qemu-img")]
    QemuNbd,

    /// <summary>nbdkit's memory plugin.</summary>
    [RequiresToolPeer("nbdkit")]
    Nbdkit,

    /// <summary>Our server in this process, over three real downstairs.</summary>
    Server,

    /// <summary>Our program, as a person starts it, over TCP.</summary>
    Command,
}
