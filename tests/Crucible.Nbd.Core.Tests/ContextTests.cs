using static Crucible.Nbd.Tests.Bytes;

namespace Crucible.Nbd.Tests;

public sealed class ContextTests
{
    private const uint Ack = 1;

    private static readonly byte[] ListedAllocation = Reply(9, 4, U32(0), Text("base:allocation"));
    private static readonly byte[] ListedReplicas = Reply(9, 4, U32(0), Text("crucible:replicas"));

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, true, "base:", "crucible:")]
    [InlineData(true, false, "base:")]
    [InlineData(false, true, "crucible:", "crucible:replicas")]
    [InlineData(true, false, "base:allocation", "base:allocation", "base:dirty")]
    [InlineData(false, false, "qemu:", "base", "")]
    public void Contexts_are_listed_by_name_or_namespace(bool allocation, bool replicas, params string[] queries)
    {
        var client = HandshakeClient.Begun();
        client.Send(Option(8));

        Assert.Equal(
            Join(allocation ? ListedAllocation : [], replicas ? ListedReplicas : [], Reply(9, Ack)),
            client.Send(Option(9, String("disk"), U32((uint)queries.Length), Join([.. queries.Select(String)]))));
    }

    [Theory]
    [InlineData(8u, NbdReplyMode.Structured)]
    [InlineData(11u, NbdReplyMode.Extended)]
    public void Contexts_are_selected_by_exact_name_and_hold_for_that_export(uint option, NbdReplyMode replies)
    {
        var client = HandshakeClient.Begun();
        client.Send(Option(option));

        var answer = client.Send(Option(10, String("disk"), U32(3), String("crucible:replicas"), String("base:allocation"), String("base:")));
        Assert.Equal(
            Join(Reply(10, 4, U32(1), Text("base:allocation")), Reply(10, 4, U32(2), Text("crucible:replicas")), Reply(10, Ack)), answer);
        var go = client.Send(Option(7, String("disk"), U16(0)));

        Assert.Equal([NbdContext.Allocation, NbdContext.Replicas], client.Handshake.Session!.Contexts);
        Assert.Equal(replies, client.Handshake.Session.Replies);

        // SEND_DF with chunks of either kind; BLOCK_STATUS_PAYLOAD with the extended.
        Assert.Equal(replies == NbdReplyMode.Extended ? 0x1ded : 0x0ded, (go[30] << 8) | go[31]);
    }

    [Fact]
    public void No_query_or_a_wildcard_selects_nothing_and_forgets_what_was()
    {
        var client = HandshakeClient.Begun();
        client.Send(Option(8));
        var select = Option(10, String("disk"), U32(1), String("base:allocation"));

        foreach (var query in new[] { Join(U32(0)), Join(U32(1), String("base:")) })
        {
            client.Send(select);
            Assert.Equal(Reply(10, Ack), client.Send(Option(10, String("disk"), query)));
        }

        client.Send(Option(7, String("disk"), U16(0)));
        Assert.Empty(client.Handshake.Session!.Contexts);
    }

    [Theory]
    [InlineData("archive")]
    [InlineData("")]
    public void What_was_selected_does_not_hold_for_another_name(string name)
    {
        var client = HandshakeClient.Begun();
        client.Send(Option(8));
        client.Send(Option(10, String("disk"), U32(1), String("base:allocation")));

        client.Send(Option(7, String(name), U16(0)));

        Assert.Empty(client.Handshake.Session!.Contexts);
    }

    [Theory]
    [InlineData(9u)]
    [InlineData(10u)]
    public void Without_structured_replies_there_are_no_contexts(uint option)
    {
        var client = HandshakeClient.Begun();

        Assert.Equal(U32(0x80000003), client.Send(Option(option, String("disk"), U32(0)))[12..16]);
    }

    [Fact]
    public void Extended_headers_stay_and_are_not_for_old_clients()
    {
        var client = HandshakeClient.Begun();
        Assert.Equal(Reply(11, Ack), client.Send(Option(11)));
        Assert.Equal(U32(0x8000000a), client.Send(Option(8))[12..16]);

        Assert.Empty(client.Send(Option(1, Text("disk"))));

        Assert.Equal(NbdHandshakeState.Closed, client.Handshake.State);
    }
}
