using System.Buffers;

namespace MessagePack.Tests;

public sealed class OutputTests
{
    [Fact]
    public void Small_writes_are_batched_into_one_span()
    {
        var output = new CountingOutput(spanBytes: 4096);
        var writer = new MessagePackWriter(output);

        for (var i = 0; i < 100; i++)
        {
            writer.Write(i);
        }

        Assert.Empty(output.Written);
        writer.Flush();
        writer.Flush();
        Assert.Equal(100, output.Written.Count);
        Assert.Equal(1, output.SpansAsked);
        Assert.Equal(1, output.Advances);
    }

    [Fact]
    public void A_writer_goes_on_after_a_flush()
    {
        var output = new CountingOutput(spanBytes: 16);
        var writer = new MessagePackWriter(output);

        writer.Write(1);
        writer.Flush();
        writer.Write(2);
        writer.Flush();

        Assert.Equal([1, 2], output.Written);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(64)]
    public void Spans_of_any_size_give_the_same_bytes(int spanBytes)
    {
        var output = new CountingOutput(spanBytes);
        var writer = new MessagePackWriter(output);

        WriteSome(ref writer);
        writer.Flush();

        Assert.Equal(Codec.Write(WriteSome), output.Written.ToArray());
    }

    [Fact]
    public void A_missing_output_is_refused() =>
        Assert.Throws<ArgumentNullException>(() => new MessagePackWriter(null!).WriteNil());

    private static void WriteSome(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(5);
        writer.Write(ulong.MaxValue);
        writer.Write(-1);
        writer.Write(new byte[1000]);
        writer.Write("forty characters of text, more or less..");
        writer.WriteString("utf-8"u8);
    }

    /// <summary>Hands out spans of a given size, or of the size asked for where that is more.</summary>
    private sealed class CountingOutput(int spanBytes) : IBufferWriter<byte>
    {
        private byte[] _span = [];

        public List<byte> Written { get; } = [];

        public int SpansAsked { get; private set; }

        public int Advances { get; private set; }

        public void Advance(int count)
        {
            Written.AddRange(_span.AsSpan(0, count));
            _span = [];
            Advances++;
        }

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            SpansAsked++;
            _span = new byte[Math.Max(spanBytes, sizeHint)];
            return _span;
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
