namespace Crucible.Protocol.Tests;

public sealed class RoundTripTests
{
    public static TheoryData<MessageKind> Kinds => [.. Enum.GetValues<MessageKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_message_comes_back_as_it_was(MessageKind kind)
    {
        var sample = Samples.Of(kind);
        var frame = sample.Encode();

        var opened = Frames.Open(frame);

        Assert.Equal(kind, opened.Kind);
        Assert.Equal(frame[..HeaderEnd(frame)], sample.ReadAndEncode(opened));
    }

    [Fact]
    public void The_largest_frame_that_can_be_is_within_the_limits()
    {
        var frame = Samples.Largest.Encode();

        var header = Samples.Largest.ReadAndEncode(Frames.Open(frame));

        Assert.Equal(frame[..HeaderEnd(frame)], header);
        Assert.InRange(header.Length, WireLimits.MaxHeaderBytes - 4096, WireLimits.MaxHeaderBytes + FramePrefix.SizeBytes);
    }

    [Fact]
    public void A_header_beyond_the_limit_is_our_own_bug()
    {
        var header = new ContextsAckHeader(JobId.First, ErrorCode.None, new byte[WireLimits.MaxHeaderBytes]);

        Assert.Throws<InvariantException>(() => FrameEncoder.Append(new HeaderBuffer(), header));
        Assert.Throws<InvariantException>(() => FrameEncoder.Append(new HeaderBuffer(), default(RuokHeader), -1));
        Assert.Throws<InvariantException>(
            () => FrameEncoder.Append(new HeaderBuffer(), default(RuokHeader), WireLimits.MaxPayloadBytes + 1));
    }

    [Fact]
    public void Frames_follow_each_other_in_one_buffer()
    {
        var buffer = new HeaderBuffer(16);
        FrameEncoder.Append(buffer, new RuokHeader(1));
        var first = buffer.Length;
        FrameEncoder.Append(buffer, new ImokHeader(2));

        Assert.Equal(Frames.Encode(new RuokHeader(1)), buffer.Written[..first].ToArray());
        Assert.Equal(Frames.Encode(new ImokHeader(2)), buffer.Written[first..].ToArray());
        buffer.Truncate(first);
        Assert.Equal(first, buffer.Length);
        Assert.Throws<InvariantException>(() => buffer.Truncate(first + 1));
        Assert.Throws<InvariantException>(() => buffer.Advance(buffer.Array.Length - first + 1));
        buffer.Clear();
        Assert.Equal(0, buffer.Length);
    }

    [Fact]
    public void Headers_of_equal_values_are_equal_dependencies_included()
    {
        var left = new FlushHeader(new Generation(1), JobId.First, Samples.Dependencies(1, 2, 5), new FlushNumber(1), default);
        var right = new FlushHeader(new Generation(1), JobId.First, Samples.Dependencies(5, 2, 1), new FlushNumber(1), default);

        Assert.Equal(left, right);
        Assert.Equal(left.GetHashCode(), right.GetHashCode());
        Assert.NotEqual(left, right with { Dependencies = Samples.Dependencies(1, 2, 6) });
        Assert.NotEqual(left, right with { Dependencies = Samples.Dependencies(1, 2) });
    }

    [Fact]
    public void Texts_are_cut_at_their_limit_and_shown_without_control_characters()
    {
        var text = new string('ä', WireLimits.MaxTextBytes);
        var sample = Frames.Open(Frames.Encode(new GoodbyeHeader(text))).Read<GoodbyeHeader>();
        var hostile = Frames.Open(Frames.Encode(new GoodbyeHeader("a\u001b[31m\r\nb\u0085"))).Read<GoodbyeHeader>();

        Assert.Equal(text[..(WireLimits.MaxTextBytes / 2)], sample.Text);
        Assert.Equal("a?[31m??b?", hostile.Text);
        Assert.Equal("", Frames.Open(Frames.Encode(new GoodbyeHeader(""))).Read<GoodbyeHeader>().Text);
    }

    [Fact]
    public void Versions_are_negotiated_to_the_highest_that_both_know()
    {
        Assert.Equal(ProtocolVersion.One, ProtocolVersions.Negotiate(1, 1));
        Assert.Equal(ProtocolVersion.One, ProtocolVersions.Negotiate(0, 1));
        Assert.Equal(ProtocolVersion.Two, ProtocolVersions.Negotiate(1, 2));
        Assert.Equal(ProtocolVersions.Newest, ProtocolVersions.Negotiate(0, uint.MaxValue));
        Assert.Null(ProtocolVersions.Negotiate((uint)ProtocolVersions.Newest + 1, uint.MaxValue));
        Assert.Null(ProtocolVersions.Negotiate(0, (uint)ProtocolVersions.Oldest - 1));
        Assert.Null(ProtocolVersions.Negotiate(1, 0));
    }

    private static int HeaderEnd(byte[] frame) => FramePrefix.SizeBytes + FramePrefix.Read(frame).HeaderBytes;
}
