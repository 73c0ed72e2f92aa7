using Crucible.Net;

namespace Crucible.Upstairs;

/// <summary>The connections that have something unsent, at most one a replica.</summary>
internal readonly record struct Connections(FrameConnection? First, FrameConnection? Second, FrameConnection? Third)
{
    public bool AreNone => First is null && Second is null && Third is null;

    public void Flush()
    {
        First?.Flush();
        Second?.Flush();
        Third?.Flush();
    }
}
