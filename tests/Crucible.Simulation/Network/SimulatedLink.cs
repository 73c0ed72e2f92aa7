namespace Crucible.Simulation;

/// <summary>The way between one host and the machine at one address; each direction by itself.</summary>
internal sealed class SimulatedLink(int host, int address)
{
    public int Host { get; } = host;

    public int Address { get; } = address;

    /// <summary>Nothing passes towards the replica, or from it: what was sent waits, as TCP repeats it.</summary>
    public bool[] Blocked { get; } = new bool[2];

    /// <summary>Least time on the way.</summary>
    public TimeSpan Latency { get; set; } = TimeSpan.FromMicroseconds(100);

    /// <summary>What is added to it at random: connections overtake each other.</summary>
    public TimeSpan Jitter { get; set; } = TimeSpan.FromMicroseconds(400);

    /// <summary>Connections over it, oldest first; ended ones go when they are noticed.</summary>
    public List<SimulatedConnection> Connections { get; } = [];

    /// <summary>Which direction a sender's bytes take.</summary>
    public static int Towards(bool replica) => replica ? 0 : 1;
}
