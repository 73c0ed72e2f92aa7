using System.Buffers;
using static Crucible.Nbd.Tests.Bytes;

namespace Crucible.Nbd.Tests;

public sealed class ReplyTests
{
    private const ulong Cookie = 0x0102030405060708;
    private const ulong Offset = 0x1112131415161718;

    private static readonly NbdRequest Asked = new(NbdCommand.Read, NbdCommandFlags.None, Cookie, Offset, 512);
    private static readonly byte[] StructuredMagic = [0x66, 0x8e, 0x33, 0xef];
    private static readonly byte[] ExtendedMagic = [0x6e, 0x8a, 0x27, 0x8c];

    private readonly ArrayBufferWriter<byte> _output = new();

    private static byte[] Simple(uint error) => Join([0x67, 0x44, 0x66, 0x98], U32(error), U64(Cookie));

    private static byte[] Chunk(NbdReplyMode mode, int flags, int type, byte[] payload, int dataBytes = 0)
    {
        var length = (uint)(payload.Length + dataBytes);
        return mode == NbdReplyMode.Structured
            ? Join(StructuredMagic, U16(flags), U16(type), U64(Cookie), U32(length), payload)
            : Join(ExtendedMagic, U16(flags), U16(type), U64(Cookie), U64(Offset), U64(length), payload);
    }

    [Fact]
    public void Success()
    {
        Assert.Equal(Simple(0), Written(NbdReplyMode.Simple, e => e.WriteDone(_output, Asked)));
        Assert.Equal(Chunk(NbdReplyMode.Structured, 1, 0, []), Written(NbdReplyMode.Structured, e => e.WriteDone(_output, Asked)));
        Assert.Equal(Chunk(NbdReplyMode.Extended, 1, 0, []), Written(NbdReplyMode.Extended, e => e.WriteDone(_output, Asked)));
    }

    [Fact]
    public void A_failure_and_its_text()
    {
        var body = Join(U32(28), U16(3), Text("why"));

        Assert.Equal(Simple(28), Written(NbdReplyMode.Simple, e => e.WriteError(_output, Asked, NbdError.NoSpace, "why")));
        foreach (var mode in new[] { NbdReplyMode.Structured, NbdReplyMode.Extended })
        {
            Assert.Equal(Chunk(mode, 1, 0x8001, body), Written(mode, e => e.WriteError(_output, Asked, NbdError.NoSpace, "why")));
        }
    }

    [Fact]
    public void A_long_text_is_cut()
    {
        var text = new string('x', 5000);

        var written = Written(NbdReplyMode.Structured, e => e.WriteError(_output, Asked, NbdError.Invalid, text));

        Assert.Equal(
            Chunk(NbdReplyMode.Structured, 1, 0x8001, Join(U32(22), U16(NbdLimits.MaxErrorTextBytes), Text(text[..NbdLimits.MaxErrorTextBytes]))),
            written);
    }

    [Theory]
    [InlineData(NbdReplyMode.Structured)]
    [InlineData(NbdReplyMode.Extended)]
    public void A_failure_at_an_offset(NbdReplyMode mode) => Assert.Equal(
        Chunk(mode, 1, 0x8002, Join(U32(5), U16(0), U64(Offset + 9))),
        Written(mode, e => e.WriteErrorAt(_output, Asked, NbdError.InputOutput, Offset + 9)));

    [Fact]
    public void Read_data_of_a_simple_reply_follows_its_head() =>
        Assert.Equal(Simple(0), Written(NbdReplyMode.Simple, e => e.WriteData(_output, Asked, Offset, 512, isLast: true)));

    [Theory]
    [InlineData(NbdReplyMode.Structured)]
    [InlineData(NbdReplyMode.Extended)]
    public void Read_data_and_holes(NbdReplyMode mode)
    {
        Assert.Equal(
            Chunk(mode, 0, 1, U64(Offset), dataBytes: 100), Written(mode, e => e.WriteData(_output, Asked, Offset, 100, isLast: false)));
        Assert.Equal(
            Chunk(mode, 1, 1, U64(Offset + 1), dataBytes: 32 << 20),
            Written(mode, e => e.WriteData(_output, Asked, Offset + 1, 32 << 20, isLast: true)));
        Assert.Equal(
            Chunk(mode, 0, 2, Join(U64(Offset + 100), U32(412))),
            Written(mode, e => e.WriteHole(_output, Asked, Offset + 100, 412, isLast: false)));
    }

    [Fact]
    public void Block_status()
    {
        BlockDescriptor[] descriptors = [new(512, 3), new(0x80000000, 0x12345678)];

        Assert.Equal(
            Chunk(NbdReplyMode.Structured, 0, 5, Join(U32(1), U32(512), U32(3), U32(0x80000000), U32(0x12345678))),
            Written(NbdReplyMode.Structured, e => e.WriteStatus(_output, Asked, NbdContext.Allocation, descriptors, isLast: false)));
        Assert.Equal(
            Chunk(NbdReplyMode.Extended, 1, 6, Join(U32(2), U32(2), U64(512), U64(3), U64(0x80000000), U64(0x12345678))),
            Written(NbdReplyMode.Extended, e => e.WriteStatus(_output, Asked, NbdContext.Replicas, descriptors, isLast: true)));
    }

    [Fact]
    public void Descriptors_of_one_status_become_one_and_end_where_the_range_does()
    {
        var list = new DescriptorList();
        list.Begin(1000, requestOne: false);

        list.Add(100, 1);
        list.Add(200, 1);
        list.Add(300, 0);
        Assert.False(list.IsFull);
        list.Add(4000, 3);
        list.Add(1, 0);

        Assert.True(list.IsFull);
        Assert.Equal([new(300, 1), new(300, 0), new(400, 3)], list.Span.ToArray());
    }

    [Fact]
    public void Who_wants_one_descriptor_gets_one()
    {
        var list = new DescriptorList();
        list.Begin(1000, requestOne: true);

        list.Add(100, 1);
        list.Add(100, 1);
        list.Add(100, 2);
        list.Add(100, 1);

        Assert.True(list.IsFull);
        Assert.Equal([new(200, 1)], list.Span.ToArray());
    }

    [Fact]
    public void A_reply_has_no_more_descriptors_than_may_be()
    {
        var list = new DescriptorList();
        list.Begin(long.MaxValue, requestOne: false);

        for (uint i = 0; i <= NbdLimits.MaxDescriptors; i++)
        {
            Assert.False(list.IsFull);
            list.Add(512, i % 2);
        }

        Assert.True(list.IsFull);
        Assert.Equal(NbdLimits.MaxDescriptors, list.Span.Length);
    }

    private byte[] Written(NbdReplyMode mode, Action<ReplyEncoder> write)
    {
        _output.Clear();
        write(new ReplyEncoder(mode));
        return _output.WrittenSpan.ToArray();
    }
}
