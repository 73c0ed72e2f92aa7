using System.Buffers.Binary;
using MessagePack;

namespace Crucible.Protocol.Tests;

public sealed class MalformedFrameTests
{
    public static TheoryData<MessageKind> Kinds => [.. Enum.GetValues<MessageKind>()];

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(1u, 1u)]
    [InlineData(5u, 6u)]
    [InlineData(uint.MaxValue, 0u)]
    [InlineData(uint.MaxValue, uint.MaxValue - 1)]
    [InlineData(WireLimits.MaxPayloadBytes + 2u, WireLimits.MaxPayloadBytes + 1u)]
    [InlineData(WireLimits.MaxHeaderBytes + 1u, 0u)]
    [InlineData(WireLimits.MaxHeaderBytes + 11u, 10u)]
    public void Lengths_beyond_the_limits_are_refused(uint body, uint payload)
    {
        var prefix = new byte[FramePrefix.SizeBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(prefix, body);
        BinaryPrimitives.WriteUInt32LittleEndian(prefix.AsSpan(4), payload);

        Assert.Throws<ProtocolViolationException>(() => FramePrefix.Read(prefix));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_flipped_bit_anywhere_before_the_payload_is_noticed(MessageKind kind)
    {
        var frame = Samples.Of(kind).Encode();
        var length = FramePrefix.SizeBytes + FramePrefix.Read(frame).HeaderBytes;
        for (var bit = 0; bit < length * 8; bit++)
        {
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
            var noticed = false;
            try
            {
                Frames.Open(frame);
            }
            catch (Exception e) when (e is ProtocolViolationException or ArgumentOutOfRangeException)
            {
                // The latter is this test's own slicing: a receiver would wait for the bytes that a longer length promises.
                noticed = e is ProtocolViolationException || bit < 64;
            }

            Assert.True(noticed, $"bit {bit}");
            frame[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_header_cut_anywhere_is_a_violation(MessageKind kind)
    {
        var sample = Samples.Of(kind);
        var frame = sample.Encode();
        var prefix = FramePrefix.Read(frame);
        var header = frame.AsSpan(FramePrefix.SizeBytes, prefix.HeaderBytes);
        for (var length = 1; length < header.Length; length++)
        {
            var cut = Frames.Wrap(header[..length], frame.AsSpan()[^(int)prefix.PayloadBytes..]);

            Assert.Throws<ProtocolViolationException>(() => sample.Read(Frames.Open(cut)));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_missing_field_and_bytes_behind_the_last_are_violations(MessageKind kind)
    {
        var sample = Samples.Of(kind);
        var header = HeaderOf(sample.Encode(), out var payload);
        byte[] fewer = [.. header];
        fewer[0]--;
        byte[] more = [.. header[..^TailBytes(payload)], 0xc0, .. header[^TailBytes(payload)..]];

        Assert.Throws<ProtocolViolationException>(() => sample.Read(Frames.Open(Frames.Wrap(fewer, payload))));
        Assert.Throws<ProtocolViolationException>(() => sample.Read(Frames.Open(Frames.Wrap(more, payload))));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Fields_that_a_later_version_appended_are_skipped(MessageKind kind)
    {
        var sample = Samples.Of(kind);
        var frame = sample.Encode();
        var header = HeaderOf(frame, out var payload);
        var tail = TailBytes(payload);
        byte[] longer = [(byte)(header[0] + 2), .. header[1..^tail], 0x92, 0xc0, 0xa1, 0x61, 0x2a, .. header[^tail..]];

        var read = sample.ReadAndEncode(Frames.Open(Frames.Wrap(longer, payload)));

        Assert.Equal(frame[..(FramePrefix.SizeBytes + header.Length)], read);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(255, 254)]
    [InlineData(255, 256)]
    [InlineData(256, 255)]
    [InlineData(65535, 65536)]
    [InlineData(65536, 65535)]
    public void A_payload_of_another_length_than_its_header_tells_is_a_violation(int told, int sent)
    {
        var frame = Frames.Encode(new ReadAckHeader(JobId.First, ErrorCode.None, default), new byte[told]);
        var header = HeaderOf(frame, out _);

        Assert.Throws<ProtocolViolationException>(() => Frames.Open(Frames.Wrap(header, new byte[sent])));
    }

    [Theory]
    [InlineData("92ccc40a", 10)]
    [InlineData("ccc40a", 10)]
    [InlineData("dc00c40a", 10)]
    [InlineData("92cd00c50100", 256)]
    [InlineData("90c40a", 10)]
    [InlineData("c40a", 10)]
    [InlineData("90", 0)]
    [InlineData("91c0", 0)]
    [InlineData("91cd0100", 0)]
    [InlineData("81", 0)]
    [InlineData("ddffffffff01", 0)]
    [InlineData("dd7fffffff01", 0)]
    public void A_header_that_is_no_array_with_a_kind_before_its_payload_is_a_violation(string hex, int payload) =>
        Assert.Throws<ProtocolViolationException>(
            () => Frames.Open(Frames.Wrap(Convert.FromHexString(hex), new byte[payload])).Read<QueryRegionInfoHeader>());

    [Fact]
    public void A_kind_that_nobody_knows_opens_and_is_left_to_the_receiver()
    {
        var opened = Frames.Open(Frames.Wrap([0x92, 0xcc, 0xfa, 0xc0]));

        Assert.Equal((MessageKind)0xfa, opened.Kind);
    }

    [Fact]
    public void To_read_another_kind_than_arrived_is_our_own_bug() =>
        Assert.Throws<InvariantException>(() => Frames.Open(Frames.Encode(new RuokHeader(1))).Read<ImokHeader>());

    [Fact]
    public void An_inner_array_of_any_depth_or_length_is_skipped_or_refused_without_harm()
    {
        byte[] deep = [0x92, (byte)MessageKind.QueryRegionInfo, .. Enumerable.Repeat((byte)0x91, 100_000), 0xc0];
        byte[] wide = [0x92, (byte)MessageKind.QueryRegionInfo, MessagePackCode.Array32, 0x7f, 0xff, 0xff, 0xff, 0xc0];

        Frames.Open(Frames.Wrap(deep)).Read<QueryRegionInfoHeader>();
        Assert.Throws<ProtocolViolationException>(() => Frames.Open(Frames.Wrap(wide)).Read<QueryRegionInfoHeader>());
    }

    private static byte[] HeaderOf(byte[] frame, out byte[] payload)
    {
        var prefix = FramePrefix.Read(frame);
        payload = frame[^(int)prefix.PayloadBytes..];
        return frame.AsSpan(FramePrefix.SizeBytes, prefix.HeaderBytes).ToArray();
    }

    private static int TailBytes(byte[] payload) => payload.Length switch { 0 => 0, < 256 => 2, < 65536 => 3, _ => 5 };
}
