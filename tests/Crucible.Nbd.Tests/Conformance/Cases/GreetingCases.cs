using Crucible.Nbd.Tests.Conformance.Peers;
using Crucible.Nbd.Tests.Conformance.Raw;
using Crucible.Nbd.Tests.Conformance.Running;

namespace Crucible.Nbd.Tests.Conformance.Cases;

/// <summary>The first bytes of either side, and EXPORT_NAME, the way in that old clients know.</summary>
public sealed class GreetingCases(Exports exports) : Conversations(exports)
{
    [Conformance]
    public async Task The_greeting_is_that_of_fixed_newstyle_with_NO_ZEROES(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var connection = await RawConnection.ConnectAsync(export.Address);

        var greeting = await connection.ReceiveAsync(18);

        Assert.Equal(Bytes.Of("NBDMAGIC", "IHAVEOPT", (ushort)(Handshake.FixedNewstyle | Handshake.NoZeroes)), greeting);
    }

    [Conformance]
    public async Task An_unknown_client_flag_ends_the_connection(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export, Haggler.Usual | (1u << 7));

        await haggler.Connection.SendToUnwillingAsync(Bytes.ForOption(Option.List));

        await haggler.Connection.ExpectEndAsync();
        await ExpectServingAsync(export);
    }

    [Conformance]
    public async Task An_option_with_a_wrong_magic_ends_the_connection(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);

        await haggler.Connection.SendToUnwillingAsync(Bytes.Of(Numbers.HaveOption + 1, Option.List, 0u));

        await haggler.Connection.ExpectEndAsync();
        await ExpectServingAsync(export);
    }

    [Conformance]
    public async Task EXPORT_NAME_with_NO_ZEROES_is_answered_by_ten_bytes(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);

        await using var client = await haggler.GoByExportNameAsync();

        Assert.Equal((ulong)Export.SizeBytes, client.Size);
        Assert.True(client.Flags.HasFlag(ExportFlags.HasFlags));
        await client.ExpectUsableAsync();
        await client.LeaveAsync();
    }

    [Conformance]
    public async Task EXPORT_NAME_without_NO_ZEROES_is_answered_by_ten_bytes_and_124_zeroes(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export, Handshake.FixedNewstyle);

        await using var client = await haggler.GoByExportNameAsync();

        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task A_client_that_knows_no_fixed_newstyle_enters_by_EXPORT_NAME(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export, 0);

        await using var client = await haggler.GoByExportNameAsync();

        await client.ExpectUsableAsync();
        await client.LeaveAsync();
    }

    [Conformance]
    public async Task EXPORT_NAME_of_the_empty_name_is_the_default_export(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);

        await using var client = await haggler.GoByExportNameAsync("");

        Assert.Equal((ulong)Export.SizeBytes, client.Size);
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task EXPORT_NAME_of_an_unknown_export_ends_the_connection(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);

        await haggler.SendAsync(Option.ExportName, Bytes.Of(Export.NoName));

        await haggler.Connection.ExpectEndAsync();
        await ExpectServingAsync(export);
    }

    [Conformance]
    public async Task EXPORT_NAME_longer_than_any_name_may_be_ends_the_connection(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);

        await haggler.Connection.SendToUnwillingAsync(Bytes.ForOption(Option.ExportName, new byte[5000]));

        await haggler.Connection.ExpectEndAsync();
        await ExpectServingAsync(export);
    }

    [Conformance]
    public async Task Structured_replies_agreed_upon_before_EXPORT_NAME_are_used_after_it(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);
        await haggler.RequireAsync(Option.StructuredReply);

        await using var old = await haggler.GoByExportNameAsync();

        await using var client = new Client(haggler.Connection, ReplyStyle.Structured, old.Size, old.Flags);
        Assert.True(client.Flags.HasFlag(ExportFlags.DontFragment));
        await client.ExpectUsableAsync();
    }
}
