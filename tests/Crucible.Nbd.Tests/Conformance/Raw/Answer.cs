namespace Crucible.Nbd.Tests.Conformance.Raw;

/// <summary>How the server answers requests.</summary>
internal enum ReplyStyle
{
    Simple,
    Structured,
    Extended,
}

/// <summary>A request on its way.</summary>
internal sealed record Asked(ushort Type, ushort Flags, ulong Cookie, ulong Offset, ulong Length);

/// <summary>One chunk of an answer; a simple reply counts as none.</summary>
internal sealed record AnswerChunk(ushort Type, byte[] Payload)
{
    public bool IsError => (Type & Chunk.Error) != 0;

    public bool IsContent => Type is Chunk.Data or Chunk.Hole;

    /// <summary>Of a content chunk: the offset on the disk.</summary>
    public ulong Offset => Bytes.U64(Payload, 0);

    /// <summary>Of a content chunk: how many bytes it tells.</summary>
    public uint Length => Type == Chunk.Hole ? Bytes.U32(Payload, 8) : (uint)(Payload.Length - 8);
}

/// <summary>A run of bytes of one state, as BLOCK_STATUS tells it.</summary>
internal sealed record Extent(ulong Length, uint State);

/// <summary>A whole answer.</summary>
/// <param name="Asked">What it answers.</param>
/// <param name="Error">0 for success.</param>
/// <param name="Data">What a successful READ read.</param>
/// <param name="Chunks">The chunks it came in.</param>
internal sealed record Answer(Asked Asked, uint Error, byte[] Data, IReadOnlyList<AnswerChunk> Chunks)
{
    /// <summary>Of a successful BLOCK_STATUS: the extents of each context, by its id.</summary>
    public Dictionary<uint, List<Extent>> Contexts => Chunks
        .Where(c => c.Type is Chunk.Status or Chunk.WideStatus)
        .ToDictionary(c => Bytes.U32(c.Payload, 0), c => c.Type == Chunk.Status ? Narrow(c.Payload) : Wide(c.Payload));

    /// <summary>Builds the answer from its chunks, and checks what the protocol demands of them.</summary>
    public static Answer Of(Asked asked, IReadOnlyList<AnswerChunk> chunks)
    {
        var errors = chunks.Where(c => c.IsError).ToList();
        foreach (var error in errors)
        {
            // A number, a length, and a message of that length, to which some kinds add an offset.
            Assert.InRange(error.Payload.Length, 6, 4096 + 14);
            Assert.NotEqual(Errno.None, Bytes.U32(error.Payload, 0));
            Assert.InRange(Bytes.U16(error.Payload, 4), 0, error.Payload.Length - 6);
        }

        Assert.All(chunks, c => Assert.True(c.IsError || IsAllowed(asked, c), $"chunk type {c.Type} in an answer to command {asked.Type}"));
        if (errors.Count > 0)
        {
            return new Answer(asked, Bytes.U32(errors[0].Payload, 0), [], chunks);
        }

        return new Answer(asked, Errno.None, asked.Type == Command.Read ? Assemble(asked, chunks) : [], chunks);
    }

    private static bool IsAllowed(Asked asked, AnswerChunk chunk) => chunk.Type switch
    {
        Chunk.None => chunk.Payload.Length == 0,
        Chunk.Data => asked.Type == Command.Read && chunk.Payload.Length > 8,
        Chunk.Hole => asked.Type == Command.Read && chunk.Payload.Length == 12,
        Chunk.Status => asked.Type == Command.BlockStatus && chunk.Payload.Length > 4 && chunk.Payload.Length % 8 == 4,
        Chunk.WideStatus => asked.Type == Command.BlockStatus && chunk.Payload.Length > 8 && chunk.Payload.Length % 16 == 8,
        _ => false,
    };

    // The content chunks, in whatever order, cover what was asked for once and nothing else.
    private static byte[] Assemble(Asked asked, IReadOnlyList<AnswerChunk> chunks)
    {
        var content = chunks.Where(c => c.IsContent).OrderBy(c => c.Offset).ToList();
        if ((asked.Flags & CommandFlag.DontFragment) != 0)
        {
            Assert.InRange(content.Count, 0, 1);
        }

        var data = new byte[asked.Length];
        var at = asked.Offset;
        foreach (var chunk in content)
        {
            Assert.Equal(at, chunk.Offset);
            Assert.NotEqual(0u, chunk.Length);
            Assert.InRange(chunk.Length, 1u, asked.Offset + asked.Length - at);
            if (chunk.Type == Chunk.Data)
            {
                chunk.Payload.AsSpan(8).CopyTo(data.AsSpan((int)(at - asked.Offset)));
            }

            at += chunk.Length;
        }

        Assert.Equal(asked.Offset + asked.Length, at);
        return data;
    }

    private static List<Extent> Narrow(byte[] payload) =>
        [.. Enumerable.Range(0, (payload.Length - 4) / 8).Select(i => new Extent(Bytes.U32(payload, 4 + (i * 8)), Bytes.U32(payload, 8 + (i * 8))))];

    private static List<Extent> Wide(byte[] payload)
    {
        var extents = Enumerable.Range(0, (payload.Length - 8) / 16)
            .Select(i => new Extent(Bytes.U64(payload, 8 + (i * 16)), (uint)Bytes.U64(payload, 16 + (i * 16))))
            .ToList();
        Assert.Equal((uint)extents.Count, Bytes.U32(payload, 4));
        return extents;
    }
}
