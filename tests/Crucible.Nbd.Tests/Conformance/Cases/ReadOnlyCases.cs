using Crucible.Nbd.Tests.Conformance.Peers;
using Crucible.Nbd.Tests.Conformance.Raw;
using Crucible.Nbd.Tests.Conformance.Running;

namespace Crucible.Nbd.Tests.Conformance.Cases;

/// <summary>An export that may only be read.</summary>
public sealed class ReadOnlyCases(Exports exports) : Conversations(exports)
{
    [Conformance]
    public async Task It_says_so(Peer peer)
    {
        await using var client = await OldClientAsync(await ExportAsync(peer, Serving.ReadOnly));

        Assert.True(client.Flags.HasFlag(ExportFlags.HasFlags | ExportFlags.ReadOnly));
        await client.LeaveAsync();
    }

    [Conformance]
    public async Task It_is_read_and_its_allocation_told(Peer peer)
    {
        var (client, allocation) = await StatusClientAsync(await ExportAsync(peer, Serving.ReadOnly));
        await using var owned = client;

        Assert.Equal(new byte[4096], await client.ReadAsync(1 << 20, 4096));
        Assert.NotEmpty((await client.AskAsync(Command.BlockStatus, 0, 1 << 20)).Contexts[allocation]);
    }

    [Conformance]
    public async Task WRITE_is_not_permitted_and_survived(Peer peer)
    {
        await using var client = await OldClientAsync(await ExportAsync(peer, Serving.ReadOnly));

        Assert.Equal(Errno.NotPermitted, await client.ErrorOfAsync(Command.Write, 0, 100_000, payload: Bytes.Pattern(1, 100_000)));

        Assert.Equal(new byte[512], await client.ReadAsync(0, 512));
    }

    [Conformance]
    public async Task TRIM_and_WRITE_ZEROES_are_not_permitted_and_survived(Peer peer)
    {
        await using var client = await NewClientAsync(await ExportAsync(peer, Serving.ReadOnly));

        Assert.Equal(Errno.NotPermitted, await client.ErrorOfAsync(Command.Trim, 0, 4096));
        Assert.Equal(Errno.NotPermitted, await client.ErrorOfAsync(Command.WriteZeroes, 0, 4096));

        await client.ExpectUsableAsync();
    }
}
