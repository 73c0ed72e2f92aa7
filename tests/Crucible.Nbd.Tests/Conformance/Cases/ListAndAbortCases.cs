using Crucible.Nbd.Tests.Conformance.Peers;
using Crucible.Nbd.Tests.Conformance.Raw;
using Crucible.Nbd.Tests.Conformance.Running;

namespace Crucible.Nbd.Tests.Conformance.Cases;

/// <summary>LIST and ABORT.</summary>
public sealed class ListAndAbortCases(Exports exports) : Conversations(exports)
{
    [Conformance]
    public async Task LIST_names_the_export_and_ends_with_an_acknowledgement(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);

        var replies = await haggler.AskAsync(Option.List);

        Assert.Equal(Answered.Ack, replies[^1].Type);
        Assert.Empty(replies[^1].Data);
        Assert.All(replies.SkipLast(1), r => Assert.Equal(Answered.Server, r.Type));
        Assert.Contains(Export.Name, replies.SkipLast(1).Select(r => r.ExportName));
    }

    [Conformance]
    public async Task LIST_names_no_export_twice_and_each_can_be_entered(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var haggler = await Haggler.BeginAsync(export);

        var names = (await haggler.AskAsync(Option.List)).SkipLast(1).Select(r => r.ExportName).ToList();

        Assert.Equal(names.Distinct().Count(), names.Count);
        foreach (var name in names)
        {
            await haggler.RequireAsync(Option.Info, Bytes.ForGo(name));
        }
    }

    [Conformance]
    public async Task LIST_with_data_is_invalid_and_survived(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer);

        Assert.Equal(Answered.Invalid, await haggler.AskForOneAsync(Option.List, Bytes.Of("data")));

        await haggler.RequireAsync(Option.List);
    }

    [Conformance]
    public async Task ABORT_is_acknowledged_and_ends_the_connection(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer);

        Assert.Equal(Answered.Ack, await haggler.AskForOneAsync(Option.Abort));

        await haggler.Connection.ExpectEndAsync();
    }

    [Conformance]
    public async Task ABORT_with_data_is_an_ABORT(Peer peer)
    {
        await using var haggler = await HaggleAsync(peer);

        Assert.Equal(Answered.Ack, await haggler.AskForOneAsync(Option.Abort, Bytes.Of("farewell")));

        await haggler.Connection.ExpectEndAsync();
    }

    [Conformance]
    public async Task A_client_that_does_not_wait_for_the_answer_to_ABORT_does_no_harm(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using (var haggler = await Haggler.BeginAsync(export))
        {
            await haggler.SendAsync(Option.Abort);
        }

        await ExpectServingAsync(export);
    }
}
