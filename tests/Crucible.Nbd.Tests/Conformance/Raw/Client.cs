namespace Crucible.Nbd.Tests.Conformance.Raw;

/// <summary>
/// A client in the transmission phase. It holds every reply against the protocol's rules for the way of answering that
/// was agreed upon, and matches it to its request by the cookie.
/// </summary>
internal sealed class Client(RawConnection connection, ReplyStyle style, ulong size, ExportFlags flags) : IAsyncDisposable
{
    private readonly Dictionary<ulong, Queue<Asked>> _asked = [];
    private readonly Dictionary<ulong, List<AnswerChunk>> _begun = [];
    private ulong _nextCookie = 0xC0FFEE_0000_0000;

    public RawConnection Connection => connection;

    /// <summary>Of the export, in bytes.</summary>
    public ulong Size => size;

    public ExportFlags Flags => flags;

    /// <summary>A request's bytes; from then on its answer is awaited.</summary>
    public byte[] Encode(ushort type, ulong offset, ulong length, ushort requestFlags = 0, byte[]? payload = null, ulong? cookie = null)
    {
        var asked = new Asked(type, requestFlags, cookie ?? _nextCookie++, offset, length);
        if (type != Command.Disconnect)
        {
            _asked.TryAdd(asked.Cookie, []);
            _asked[asked.Cookie].Enqueue(asked);
        }

        return style == ReplyStyle.Extended
            ? Bytes.Of(
                Numbers.ExtendedRequest, (ushort)(requestFlags | (payload is null ? 0 : CommandFlag.HasPayload)), type,
                asked.Cookie, offset, length, payload ?? [])
            : Bytes.Of(Numbers.Request, requestFlags, type, asked.Cookie, offset, (uint)length, payload ?? []);
    }

    /// <summary>Sends a request and takes the next answer, where no other request is on its way.</summary>
    public async Task<Answer> AskAsync(ushort type, ulong offset, ulong length, ushort requestFlags = 0, byte[]? payload = null)
    {
        await connection.SendAsync(Encode(type, offset, length, requestFlags, payload));
        return await AnswerAsync();
    }

    /// <summary>The same where only the error matters.</summary>
    public async Task<uint> ErrorOfAsync(ushort type, ulong offset, ulong length, ushort requestFlags = 0, byte[]? payload = null) =>
        (await AskAsync(type, offset, length, requestFlags, payload)).Error;

    public async Task<byte[]> ReadAsync(ulong offset, int length, ushort requestFlags = 0)
    {
        var answer = await AskAsync(Command.Read, offset, (ulong)length, requestFlags);
        Assert.Equal(Errno.None, answer.Error);
        return answer.Data;
    }

    public async Task WriteAsync(ulong offset, byte[] data, ushort requestFlags = 0) =>
        Assert.Equal(Errno.None, await ErrorOfAsync(Command.Write, offset, (ulong)data.Length, requestFlags, data));

    /// <summary>A request other than READ and WRITE, which must succeed.</summary>
    public async Task RequireAsync(ushort type, ulong offset, ulong length, ushort requestFlags = 0) =>
        Assert.Equal(Errno.None, await ErrorOfAsync(type, offset, length, requestFlags));

    /// <summary>Reads something that any export has: the connection still works.</summary>
    public Task ExpectUsableAsync() => ReadAsync(0, 512);

    /// <summary>Says goodbye; the server must close.</summary>
    public async Task LeaveAsync()
    {
        await connection.SendAsync(Encode(Command.Disconnect, 0, 0));
        await connection.ExpectEndAsync();
    }

    /// <summary>The next answer that is complete, whichever request it answers.</summary>
    public async Task<Answer> AnswerAsync()
    {
        while (true)
        {
            if (await MessageAsync() is { } answer)
            {
                return answer;
            }
        }
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private async Task<Answer?> MessageAsync()
    {
        var magic = await connection.ReceiveNumberAsync();
        switch (magic)
        {
            case Numbers.SimpleReply:
                Assert.NotEqual(ReplyStyle.Extended, style);
                return await SimpleAsync();
            case Numbers.StructuredReply:
                Assert.Equal(ReplyStyle.Structured, style);
                return await ChunkAsync(await connection.ReceiveAsync(16));
            case Numbers.ExtendedReply:
                Assert.Equal(ReplyStyle.Extended, style);
                return await ChunkAsync(await connection.ReceiveAsync(28));
            default:
                Assert.Fail($"a reply begins with {magic:x8}");
                return null;
        }
    }

    private async Task<Answer> SimpleAsync()
    {
        var rest = await connection.ReceiveAsync(12);
        var error = Bytes.U32(rest, 0);
        var asked = Finish(Bytes.U64(rest, 4));
        var isRead = asked.Type == Command.Read;
        Assert.False(isRead && style != ReplyStyle.Simple, "a simple reply to a READ although structured ones were agreed upon");
        return new Answer(asked, error, isRead && error == Errno.None ? await connection.ReceiveAsync((int)asked.Length) : [], []);
    }

    private async Task<Answer?> ChunkAsync(byte[] header)
    {
        var cookie = Bytes.U64(header, 4);
        Assert.True(_asked.ContainsKey(cookie), $"an answer to {cookie:x}, which nobody asked");
        if (style == ReplyStyle.Extended)
        {
            Assert.Equal(_asked[cookie].Peek().Offset, Bytes.U64(header, 12));
        }

        var length = style == ReplyStyle.Extended ? Bytes.U64(header, 20) : Bytes.U32(header, 12);
        Assert.InRange(length, 0u, 64u << 20);
        var chunk = new AnswerChunk(Bytes.U16(header, 2), await connection.ReceiveAsync((int)length));
        if (!_begun.TryGetValue(cookie, out var chunks))
        {
            _begun.Add(cookie, chunks = []);
        }

        chunks.Add(chunk);
        var isDone = (Bytes.U16(header, 0) & Chunk.Done) != 0;
        Assert.True(isDone || chunk.Type != Chunk.None, "a chunk of type NONE that is not the last");
        return isDone && _begun.Remove(cookie) ? Answer.Of(Finish(cookie), chunks) : null;
    }

    private Asked Finish(ulong cookie)
    {
        Assert.True(_asked.TryGetValue(cookie, out var asked), $"an answer to {cookie:x}, which nobody asked");
        var first = asked.Dequeue();
        if (asked.Count == 0)
        {
            _asked.Remove(cookie);
        }

        return first;
    }
}
