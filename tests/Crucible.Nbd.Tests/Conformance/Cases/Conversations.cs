using Crucible.Nbd.Tests.Conformance.Peers;
using Crucible.Nbd.Tests.Conformance.Raw;

namespace Crucible.Nbd.Tests.Conformance.Cases;

/// <summary>What cases begin with.</summary>
[Collection(nameof(Exports))]
public abstract class Conversations(Exports exports)
{
    internal Task<Export> ExportAsync(Peer peer, Serving serving = Serving.Plain) => exports.StartedAsync(peer, serving);

    /// <summary>A client in the handshake phase.</summary>
    internal async Task<Haggler> HaggleAsync(Peer peer, Serving serving = Serving.Plain, uint flags = Haggler.Usual) =>
        await Haggler.BeginAsync(await ExportAsync(peer, serving), flags);

    /// <summary>A client that asked for nothing and is answered by simple replies.</summary>
    internal static async Task<Client> OldClientAsync(Export export) => await (await Haggler.BeginAsync(export)).GoAsync();

    /// <summary>A client that is answered by structured replies.</summary>
    internal static async Task<Client> NewClientAsync(Export export)
    {
        var haggler = await Haggler.BeginAsync(export);
        await haggler.RequireAsync(Option.StructuredReply);
        return await haggler.GoAsync(style: ReplyStyle.Structured);
    }

    /// <summary>A client that may ask where data lies, and the id of base:allocation.</summary>
    internal static async Task<(Client Client, uint Allocation)> StatusClientAsync(Export export)
    {
        var haggler = await Haggler.BeginAsync(export);
        await haggler.RequireAsync(Option.StructuredReply);
        var contexts = await haggler.SelectAsync(Export.Name, "base:allocation");
        return (await haggler.GoAsync(style: ReplyStyle.Structured), contexts["base:allocation"]);
    }

    /// <summary>Whatever happened to another client, this one is served.</summary>
    internal static async Task ExpectServingAsync(Export export)
    {
        await using var client = await OldClientAsync(export);
        await client.ExpectUsableAsync();
        await client.LeaveAsync();
    }
}
