using Crucible.Nbd.Tests.Conformance.Peers;
using Crucible.Nbd.Tests.Conformance.Raw;
using Crucible.Nbd.Tests.Conformance.Running;

namespace Crucible.Nbd.Tests.Conformance.Cases;

/// <summary>Transmission with the 64-bit headers of EXTENDED_HEADERS.</summary>
public sealed class ExtendedHeaderCases(Exports exports) : Conversations(exports)
{
    [Conformance]
    public async Task With_extended_headers_the_disk_is_written_read_and_emptied(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var client = await ExtendedClientAsync(export);
        var data = Bytes.Pattern(1, 100_000);

        await client.WriteAsync(area + 511, data);
        Assert.Equal(data, await client.ReadAsync(area + 511, data.Length));
        await client.RequireAsync(Command.Flush, 0, 0);
        await client.RequireAsync(Command.WriteZeroes, area, 1 << 20);
        Assert.Equal(new byte[data.Length], await client.ReadAsync(area + 511, data.Length));
        await client.LeaveAsync();
    }

    [Conformance]
    public async Task With_extended_headers_errors_are_told_and_survived(Peer peer)
    {
        await using var client = await ExtendedClientAsync(await ExportAsync(peer));

        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.Unknown, 0, 0));
        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.Read, client.Size, 512));
        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.Trim, 0, ulong.MaxValue));
        Assert.Equal(Errno.NoSpace, await client.ErrorOfAsync(Command.WriteZeroes, 4096, ulong.MaxValue - 511));

        // A payload where the command has none is read past, and is no request.
        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.Trim, 0, 100, payload: Bytes.Pattern(2, 100)));
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task With_extended_headers_allocation_is_told_in_64_bits(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);
        await haggler.RequireAsync(Option.ExtendedHeaders);
        var contexts = await haggler.SelectAsync(Export.Name, "base:allocation");
        await using var client = await haggler.GoAsync(style: ReplyStyle.Extended);

        var answer = await client.AskAsync(Command.BlockStatus, 0, client.Size);

        Assert.Equal(Errno.None, answer.Error);
        Assert.Equal(Chunk.WideStatus, Assert.Single(answer.Chunks, c => c.Type != Chunk.None).Type);
        Assert.All(answer.Contexts[contexts["base:allocation"]], e => Assert.InRange(e.Length, 1u, client.Size));
    }

    [Conformance]
    public async Task Extended_headers_exclude_EXPORT_NAME_and_STRUCTURED_REPLY(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);
        await haggler.RequireAsync(Option.ExtendedHeaders);

        Assert.NotEqual(0u, Answered.Error & await haggler.AskForOneAsync(Option.StructuredReply));

        await haggler.SendAsync(Option.ExportName, Bytes.Of(Export.Name));
        await haggler.Connection.ExpectEndAsync();
        await ExpectServingAsync(export);
    }

    [Conformance]
    public async Task A_compact_request_after_extended_headers_ends_the_connection(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var client = await ExtendedClientAsync(export);

        await client.Connection.SendToUnwillingAsync(Bytes.Of(Numbers.Request, (ushort)0, Command.Read, 1ul, 0ul, 512ul));

        await client.Connection.ExpectEndAsync();
        await ExpectServingAsync(export);
    }

    private static async Task<Client> ExtendedClientAsync(Export export)
    {
        var haggler = await Haggler.BeginAsync(export);
        await haggler.RequireAsync(Option.ExtendedHeaders);
        return await haggler.GoAsync(style: ReplyStyle.Extended);
    }
}
