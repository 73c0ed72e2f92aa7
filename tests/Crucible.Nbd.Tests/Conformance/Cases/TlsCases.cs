using System.Security.Authentication;
using Crucible.Nbd.Tests.Conformance.Peers;
using Crucible.Nbd.Tests.Conformance.Raw;
using Crucible.Nbd.Tests.Conformance.Running;

namespace Crucible.Nbd.Tests.Conformance.Cases;

/// <summary>A server that insists on TLS and on certificates from its clients.</summary>
public sealed class TlsCases(Exports exports) : Conversations(exports)
{
    [Conformance]
    public async Task Before_TLS_every_option_is_answered_by_TLS_required_and_survived(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer, Serving.Tls);

        Assert.Equal(Answered.TlsRequired, await haggler.AskForOneAsync(Option.List));
        Assert.Equal(Answered.TlsRequired, await haggler.AskForOneAsync(Option.Info, Bytes.ForGo(Export.Name)));
        Assert.Equal(Answered.TlsRequired, await haggler.AskForOneAsync(Option.Go, Bytes.ForGo(Export.Name)));
        Assert.Equal(Answered.TlsRequired, await haggler.AskForOneAsync(Option.Go, Bytes.ForGo(Export.NoName)));
        Assert.Equal(Answered.TlsRequired, await haggler.AskForOneAsync(Option.StructuredReply));
        Assert.Equal(Answered.TlsRequired, await haggler.AskForOneAsync(Option.SetMetaContext, Bytes.ForContexts(Export.Name)));
        Assert.Equal(Answered.TlsRequired, await haggler.AskForOneAsync(Option.Unknown, Bytes.Of("data")));

        await using var client = await SecureAsync(haggler, peer);
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task Before_TLS_EXPORT_NAME_ends_the_connection(Peer peer)
    {
        var export = await ExportAsync(peer, Serving.Tls);
        await using var haggler = await Haggler.BeginAsync(export);

        await haggler.SendAsync(Option.ExportName, Bytes.Of(Export.Name));

        await haggler.Connection.ExpectEndAsync();
        await ExpectServingOverTlsAsync(peer);
    }

    [Conformance]
    public async Task Before_TLS_ABORT_is_acknowledged(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer, Serving.Tls);

        Assert.Equal(Answered.Ack, await haggler.AskForOneAsync(Option.Abort));

        await haggler.Connection.ExpectEndAsync();
    }

    [Conformance]
    public async Task STARTTLS_with_data_is_invalid_and_survived(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer, Serving.Tls);

        Assert.Equal(Answered.Invalid, await haggler.AskForOneAsync(Option.StartTls, Bytes.Of("data")));

        await using var client = await SecureAsync(haggler, peer);
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task Over_TLS_the_disk_is_written_and_read(Peer peer)
    {
        var export = await ExportAsync(peer, Serving.Tls);
        var area = export.TakeArea(4 << 20);
        await using var haggler = await Haggler.BeginAsync(export);
        await using var client = await SecureAsync(haggler, peer);
        var data = Bytes.Pattern(1, 3 << 20);

        await client.WriteAsync(area, data);

        Assert.Equal(data, await client.ReadAsync(area, data.Length));
        await client.LeaveAsync();
    }

    [Conformance]
    public async Task Over_TLS_structured_replies_and_contexts_are_agreed_upon(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer, Serving.Tls);
        await UpgradeAsync(haggler, peer);
        await haggler.RequireAsync(Option.StructuredReply);
        var contexts = await haggler.SelectAsync(Export.Name, "base:allocation");

        await using var client = await haggler.GoAsync(style: ReplyStyle.Structured);

        var answer = await client.AskAsync(Command.BlockStatus, 0, 4096);
        Assert.Equal(contexts.Values, answer.Contexts.Keys);
    }

    [Conformance]
    public async Task A_second_STARTTLS_is_invalid_and_survived(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer, Serving.Tls);
        await UpgradeAsync(haggler, peer);

        Assert.Equal(Answered.Invalid, await haggler.AskForOneAsync(Option.StartTls));

        await using var client = await haggler.GoAsync();
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task A_client_without_a_certificate_is_not_served(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer, Serving.Tls);
        await haggler.RequireAsync(Option.StartTls);

        // A client learns of the refusal in the handshake or, where its own part of it was the last, afterwards.
        var isRefused = false;
        try
        {
            await haggler.Connection.UpgradeAsync((await ExportAsync(peer, Serving.Tls)).Certificates!.ForClient(withCertificate: false));
            await haggler.Connection.SendToUnwillingAsync(Bytes.ForOption(Option.List));
            isRefused = await haggler.Connection.IsClosedAsync();
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            isRefused = true;
        }

        Assert.True(isRefused);
        await ExpectServingOverTlsAsync(peer);
    }

    [Conformance]
    public async Task Plain_bytes_where_TLS_must_begin_end_the_connection(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer, Serving.Tls);
        await haggler.RequireAsync(Option.StartTls);

        await haggler.Connection.SendToUnwillingAsync(Bytes.ForOption(Option.Go, Bytes.ForGo(Export.Name)));

        await ExpectNoReplyAsync(haggler);
        await ExpectServingOverTlsAsync(peer);
    }

    [Conformance]
    public async Task Plain_options_slipped_in_behind_STARTTLS_are_not_taken_for_secured_ones(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer, Serving.Tls);

        await haggler.Connection.SendToUnwillingAsync(Bytes.Of(
            Bytes.ForOption(Option.StartTls), Bytes.ForOption(Option.StructuredReply), Bytes.ForOption(Option.List)));

        Assert.Equal(Answered.Ack, (await haggler.ReplyAsync(Option.StartTls)).Type);
        await ExpectNoReplyAsync(haggler);
        await ExpectServingOverTlsAsync(peer);
    }

    [Conformance]
    public async Task A_client_that_vanishes_in_the_TLS_handshake_does_no_harm(Peer peer)
    {
        await using (var haggler = await HaggleAsync(peer, Serving.Tls))
        {
            await haggler.RequireAsync(Option.StartTls);
            await haggler.Connection.SendAsync(new byte[] { 22, 3, 1, 2, 0, 1 });
        }

        await ExpectServingOverTlsAsync(peer);
    }

    [Conformance]
    public async Task Where_TLS_is_offered_and_not_required_clients_are_served_without_it(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer, Serving.OptionalTls);

        await using var client = await haggler.GoAsync();

        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task Where_TLS_is_offered_and_not_required_clients_are_served_over_it(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer, Serving.OptionalTls);
        await haggler.RequireAsync(Option.StructuredReply);

        // What was agreed upon before is forgotten: it was not secured.
        await UpgradeAsync(haggler, peer, Serving.OptionalTls);
        await using var client = await haggler.GoAsync();

        await client.ExpectUsableAsync();
    }

    private async Task UpgradeAsync(Haggler haggler, Peer peer, Serving serving = Serving.Tls)
    {
        await haggler.RequireAsync(Option.StartTls);
        await haggler.Connection.UpgradeAsync((await ExportAsync(peer, serving)).Certificates!.ForClient());
    }

    private async Task<Client> SecureAsync(Haggler haggler, Peer peer)
    {
        await UpgradeAsync(haggler, peer);
        return await haggler.GoAsync();
    }

    private async Task ExpectServingOverTlsAsync(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer, Serving.Tls);
        await using var client = await SecureAsync(haggler, peer);
        await client.ExpectUsableAsync();
    }

    // The server may send a TLS alert before it closes; a reply to an option would be longer.
    private static Task ExpectNoReplyAsync(Haggler haggler) => haggler.Connection.ExpectEndAsync(mostBytes: 19);
}
