using System.Buffers;
using static Crucible.Nbd.Tests.Bytes;

namespace Crucible.Nbd.Tests;

public sealed class HandshakeTests
{
    private const uint Ack = 1;
    private const uint Unsupported = 0x80000001;
    private const uint Policy = 0x80000002;
    private const uint Invalid = 0x80000003;
    private const uint TlsRequired = 0x80000005;
    private const uint Unknown = 0x80000006;
    private const uint TooBig = 0x80000009;

    // HAS_FLAGS, SEND_FLUSH, SEND_FUA, SEND_TRIM, SEND_WRITE_ZEROES, CAN_MULTI_CONN, SEND_CACHE, SEND_FAST_ZERO
    private const int WritableFlags = 0x0d6d;

    [Fact]
    public void The_greeting_says_who_speaks_and_offers_fixed_newstyle_without_zeroes()
    {
        var output = new ArrayBufferWriter<byte>();

        NbdHandshake.Greet(output);

        Assert.Equal(Join(Text("NBDMAGICIHAVEOPT"), U16(3)), output.WrittenSpan.ToArray());
    }

    [Theory]
    [InlineData(4u)]
    [InlineData(0x80000001u)]
    public void Unknown_client_flags_close_the_connection(uint flags)
    {
        var client = new HandshakeClient();

        Assert.Empty(client.Send(U32(flags)));

        Assert.Equal(NbdHandshakeState.Closed, client.Handshake.State);
        Assert.NotEmpty(client.Handshake.CloseReason);
    }

    [Theory]
    [InlineData(1u, 124)]
    [InlineData(3u, 0)]
    [InlineData(0u, 124)]
    public void Export_name_is_answered_with_size_and_flags_and_zeroes_where_they_were_not_declined(uint flags, int zeroes)
    {
        var client = HandshakeClient.Begun(flags);

        var answer = client.Send(Option(1, Text("disk")), [1, 2, 3]);

        Assert.Equal(Join(U64(1 << 20), U16(WritableFlags), new byte[zeroes]), answer);
        Assert.Equal(NbdHandshakeState.Transmission, client.Handshake.State);
        Assert.Equal([1, 2, 3], client.Left);
        Assert.Equal(NbdReplyMode.Simple, client.Handshake.Session!.Replies);
    }

    [Fact]
    public void Export_name_of_no_export_closes_the_connection()
    {
        var client = HandshakeClient.Begun();

        Assert.Empty(client.Send(Option(1, Text("disc"))));

        Assert.Equal(NbdHandshakeState.Closed, client.Handshake.State);
    }

    [Fact]
    public void The_list_names_all_exports_with_their_descriptions()
    {
        var client = HandshakeClient.Begun();

        Assert.Equal(
            Join(Reply(3, 2, String("disk"), Text("a disk")), Reply(3, 2, String("archive")), Reply(3, Ack)),
            client.Send(Option(3)));
    }

    [Theory]
    [InlineData(6u, NbdHandshakeState.Options)]
    [InlineData(7u, NbdHandshakeState.Transmission)]
    public void Info_and_go_tell_what_was_asked_for(uint option, NbdHandshakeState after)
    {
        var client = HandshakeClient.Begun();

        var answer = client.Send(Option(option, String("disk"), U16(4), U16(1), U16(2), U16(3), U16(99)));

        Assert.Equal(
            Join(
                Reply(option, 3, U16(0), U64(1 << 20), U16(WritableFlags)),
                Reply(option, 3, U16(1), Text("disk")),
                Reply(option, 3, U16(2), Text("a disk")),
                Reply(option, 3, U16(3), U32(1), U32(4096), U32(32 << 20)),
                Reply(option, Ack)),
            answer);
        Assert.Equal(after, client.Handshake.State);
    }

    [Fact]
    public void The_empty_name_is_the_default_export_whose_own_name_is_told()
    {
        var client = HandshakeClient.Begun();

        Assert.Equal(
            Join(Reply(6, 3, U16(0), U64(1 << 20), U16(WritableFlags)), Reply(6, 3, U16(1), Text("disk")), Reply(6, Ack)),
            client.Send(Option(6, String(string.Empty), U16(1), U16(1))));
    }

    [Fact]
    public void A_read_only_export_offers_no_way_to_change_it()
    {
        var client = HandshakeClient.Begun();

        // HAS_FLAGS, READ_ONLY, SEND_FLUSH, SEND_FUA, CAN_MULTI_CONN, SEND_CACHE
        Assert.Equal(
            Join(
                Reply(6, 3, U16(0), U64(1 << 30), U16(0x050f)),
                Reply(6, 3, U16(3), U32(1), U32(65536), U32(32 << 20)),
                Reply(6, Ack)),
            client.Send(Option(6, String("archive"), U16(1), U16(3))));
    }

    [Theory]
    [InlineData(6u)]
    [InlineData(7u)]
    [InlineData(9u)]
    [InlineData(10u)]
    public void An_unknown_export_is_answered_and_survived(uint option)
    {
        var client = HandshakeClient.Begun();
        client.Send(Option(8));

        AssertRefused(option, Unknown, client.Send(Option(option, String("nothing"), option < 8 ? U16(0) : U32(0))));
        AssertGoesOn(client);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(4u)]
    [InlineData(12u)]
    [InlineData(0xffffffffu)]
    public void An_unknown_option_is_answered_and_survived(uint option)
    {
        var client = HandshakeClient.Begun();

        AssertRefused(option, Unsupported, client.Send(Option(option, [1, 2, 3])));
        AssertGoesOn(client);
    }

    public static TheoryData<uint, byte[]> WrongData => new()
    {
        { 3, [0] },
        { 5, [0] },
        { 8, [0] },
        { 11, [0] },
        { 6, [] },
        { 6, String("disk") },
        { 6, Join(String("disk"), U16(1)) },
        { 6, Join(String("disk"), U16(0), [0]) },
        { 6, Join(U32(5), Text("disk"), U16(0)) },
        { 6, Join(U32(0xffffffff), Text("disk"), U16(0)) },
        { 7, Join(String("disk"), U16(2), U16(0)) },
        { 7, Join(String(new string('x', 4097)), U16(0)) },
        { 9, Join(String("disk"), U32(1)) },
        { 9, Join(String("disk"), U32(0), [0]) },
        { 10, Join(String("disk"), U32(2), String("base:allocation")) },
        { 10, Join(String("disk"), U32(1), U32(99), Text("base:")) },
        { 10, Join(String("disk"), U32(0xffffffff)) },
    };

    [Theory]
    [MemberData(nameof(WrongData))]
    public void Data_of_a_wrong_length_is_answered_and_survived(uint option, byte[] data)
    {
        var client = HandshakeClient.Begun(tls: NbdTlsPolicy.Optional);
        client.Send(Option(8));

        AssertRefused(option, Invalid, client.Send(Option(option, data)));
        AssertGoesOn(client);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(70_000)]
    public void Abort_is_acknowledged_whatever_it_carries_and_closes(int dataBytes)
    {
        var client = HandshakeClient.Begun();

        Assert.Equal(Reply(2, Ack), client.Send(Option(2, new byte[dataBytes])));

        Assert.Equal(NbdHandshakeState.Closed, client.Handshake.State);
        Assert.Empty(client.Handshake.CloseReason);
    }

    [Theory]
    [InlineData(3u, TooBig)]
    [InlineData(7u, TooBig)]
    [InlineData(77u, Unsupported)]
    public void Long_data_is_read_past_and_answered(uint option, uint error)
    {
        var client = HandshakeClient.Begun();

        AssertRefused(option, error, client.Send(Option(option, new byte[NbdLimits.MaxSkippedOptionBytes])));
        AssertGoesOn(client);
    }

    [Theory]
    [InlineData(77u, NbdLimits.MaxSkippedOptionBytes + 1u)]
    [InlineData(7u, 0xffffffffu)]
    [InlineData(1u, NbdLimits.MaxStringBytes + 1u)]
    public void Absurd_lengths_close_the_connection_at_once(uint option, uint length)
    {
        var client = HandshakeClient.Begun();

        Assert.Empty(client.Send(Text("IHAVEOPT"), U32(option), U32(length)));

        Assert.Equal(NbdHandshakeState.Closed, client.Handshake.State);
    }

    [Fact]
    public void An_option_without_its_magic_number_closes_the_connection()
    {
        var client = HandshakeClient.Begun();

        Assert.Empty(client.Send(Text("IHAVEOPS")));

        Assert.Equal(NbdHandshakeState.Closed, client.Handshake.State);
    }

    [Fact]
    public void There_is_an_end_to_options()
    {
        var client = HandshakeClient.Begun();
        for (var i = 0; i < NbdLimits.MaxOptions; i++)
        {
            Assert.NotEmpty(client.Send(Option(3)));
        }

        Assert.Empty(client.Send(Option(3)));

        Assert.Equal(NbdHandshakeState.Closed, client.Handshake.State);
    }

    [Fact]
    public void A_client_without_fixed_newstyle_may_only_name_its_export()
    {
        var client = HandshakeClient.Begun(flags: 0);

        Assert.Empty(client.Send(Option(3)));

        Assert.Equal(NbdHandshakeState.Closed, client.Handshake.State);
    }

    [Fact]
    public void Without_tls_starttls_is_refused_and_survived()
    {
        var client = HandshakeClient.Begun();

        AssertRefused(5, Policy, client.Send(Option(5)));
        AssertGoesOn(client);
    }

    [Theory]
    [InlineData(3u)]
    [InlineData(7u)]
    [InlineData(8u)]
    [InlineData(77u)]
    public void Where_tls_is_required_nothing_is_told_before_it(uint option)
    {
        var client = HandshakeClient.Begun(tls: NbdTlsPolicy.Required);

        AssertRefused(option, TlsRequired, client.Send(Option(option)));
        Assert.Equal(NbdHandshakeState.Options, client.Handshake.State);
    }

    [Fact]
    public void Where_tls_is_required_export_name_before_it_closes()
    {
        var client = HandshakeClient.Begun(tls: NbdTlsPolicy.Required);

        Assert.Empty(client.Send(Option(1, Text("disk"))));

        Assert.Equal(NbdHandshakeState.Closed, client.Handshake.State);
    }

    [Fact]
    public void Under_tls_nothing_holds_that_was_agreed_before_it()
    {
        var client = HandshakeClient.Begun(tls: NbdTlsPolicy.Optional);
        client.Send(Option(8));
        client.Send(Option(10, String("disk"), U32(1), String("base:allocation")));

        Assert.Equal(Reply(5, Ack), client.Send(Option(5)));
        Assert.Equal(NbdHandshakeState.StartTls, client.Handshake.State);
        client.Handshake.OnTlsEstablished();
        AssertRefused(5, Invalid, client.Send(Option(5)));
        client.Send(Option(7, String("disk"), U16(0)));

        Assert.Equal(NbdReplyMode.Simple, client.Handshake.Session!.Replies);
        Assert.Empty(client.Handshake.Session.Contexts);
    }

    [Fact]
    public void Bytes_in_the_clear_behind_starttls_are_never_taken_for_the_clients()
    {
        var client = HandshakeClient.Begun(tls: NbdTlsPolicy.Optional);

        client.Send(Option(5), Option(8));

        Assert.Equal(NbdHandshakeState.Closed, client.Handshake.State);
    }

    [Fact]
    public void Every_prefix_of_a_handshake_leads_to_the_same_end()
    {
        var whole = Join(
            U32(3), Option(77, new byte[100]), Option(3), Option(8), Option(10, String("disk"), U32(1), String("base:allocation")),
            Option(5), Option(6, String("disk"), U16(0)), Option(7, String("disk"), U16(1), U16(3)));
        var expected = new HandshakeClient().Send(whole);

        for (var cut = 0; cut <= whole.Length; cut++)
        {
            var client = new HandshakeClient();
            var answer = Join(client.Send(whole[..cut]), client.Send(whole[cut..]));
            Assert.Equal(expected, answer);
            Assert.Equal(NbdHandshakeState.Transmission, client.Handshake.State);
        }

        var slow = new HandshakeClient();
        Assert.Equal(expected, Join([.. whole.Select(one => slow.Send([one]))]));
    }

    private static void AssertRefused(uint option, uint error, byte[] answer)
    {
        var expected = Reply(option, error);
        Assert.Equal(expected[..16], answer[..16]);
        Assert.Equal(U32((uint)answer.Length - 20), answer[16..20]);
    }

    private static void AssertGoesOn(HandshakeClient client)
    {
        var answer = client.Send(Option(7, String("disk"), U16(0)));
        Assert.Equal(Reply(7, Ack), answer[^20..]);
        Assert.Equal(NbdHandshakeState.Transmission, client.Handshake.State);
    }
}
