namespace Crucible.Nbd;

/// <summary>The bytes of one connection. One thread receives, one at a time sends, any thread shuts down.</summary>
internal interface INbdTransport : IDisposable
{
    /// <summary>Sends pieces of pinned arrays, in order, as far as it goes. False: the connection is broken.</summary>
    /// <param name="pieces">1 to 1024 pieces.</param>
    /// <param name="wait">Whether to wait for room; if not, none may be sent.</param>
    /// <param name="sentBytes">How many bytes have left.</param>
    bool Send(ReadOnlySpan<ArraySegment<byte>> pieces, bool wait, out int sentBytes);

    /// <summary>Waits for bytes and receives them into pinned arrays. 0: the stream has ended or broke.</summary>
    /// <param name="first">Filled first.</param>
    /// <param name="second">What the first has no room for may go here; may be empty.</param>
    int Receive(ArraySegment<byte> first, ArraySegment<byte> second);
}
