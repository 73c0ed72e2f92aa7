using Crucible.Nbd.Tests.Conformance.Peers;
using Crucible.Nbd.Tests.Conformance.Raw;
using Crucible.Nbd.Tests.Conformance.Running;

namespace Crucible.Nbd.Tests.Conformance.Cases;

/// <summary>BLOCK_STATUS of base:allocation.</summary>
public sealed class BlockStatusCases(Exports exports) : Conversations(exports)
{
    private const uint Empty = Allocation.Hole | Allocation.Zero;

    [Conformance]
    public async Task What_was_never_written_is_a_hole_of_zeroes(Peer peer)
    {
        var export = await ExportAsync(peer);
        var (client, allocation) = await StatusClientAsync(export);
        await using var owned = client;

        var extents = await StatusAsync(client, allocation, export.TakeArea(), 1 << 20);

        Assert.All(extents, e => Assert.Equal(Empty, e.State));
    }

    [Conformance]
    public async Task Data_is_neither_a_hole_nor_zeroes(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        var (client, allocation) = await StatusClientAsync(export);
        await using var owned = client;
        await client.WriteAsync(area, Bytes.Pattern(1, 1 << 20));

        var extents = await StatusAsync(client, allocation, area, 1 << 20);

        Assert.All(Within(extents, 1 << 20), e => Assert.Equal(0u, e.State));
    }

    [Conformance]
    public async Task Data_among_holes_is_told_in_its_place(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        var (client, allocation) = await StatusClientAsync(export);
        await using var owned = client;
        await client.WriteAsync(area + (256 << 10), Bytes.Pattern(2, 128 << 10));

        var states = await StatesAsync(client, allocation, area, 1 << 20);

        Assert.Equal([(256 << 10, Empty), (128 << 10, 0u), (640 << 10, Empty)], states);
    }

    [Conformance]
    public async Task How_the_replicas_are_is_told_beside_the_allocation(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        var haggler = await Haggler.BeginAsync(export);
        await haggler.RequireAsync(Option.StructuredReply);
        var contexts = await haggler.SelectAsync(Export.Name, "base:allocation", "crucible:replicas");
        await using var client = await haggler.GoAsync(style: ReplyStyle.Structured);
        await client.WriteAsync(area, Bytes.Pattern(5, 64 << 10));

        var answer = await client.AskAsync(Command.BlockStatus, area, 64 << 10);

        Assert.Equal(contexts.Values.Order(), answer.Contexts.Keys.Order());
        var replicas = Assert.Single(Within(answer.Contexts[contexts["crucible:replicas"]], 64 << 10));
        Assert.Equal((64ul << 10, 0b111u), (replicas.Length, replicas.State));
        Assert.All(Within(answer.Contexts[contexts["base:allocation"]], 64 << 10), e => Assert.Equal(0u, e.State));
    }

    [Conformance]
    public async Task What_was_zeroed_reads_as_zeroes(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        var (client, allocation) = await StatusClientAsync(export);
        await using var owned = client;
        await client.WriteAsync(area, Bytes.Pattern(3, 256 << 10));
        await client.RequireAsync(Command.WriteZeroes, area, 256 << 10);

        var extents = await StatusAsync(client, allocation, area, 256 << 10);

        Assert.All(Within(extents, 256 << 10), e => Assert.Equal(Allocation.Zero, e.State & Allocation.Zero));
    }

    [Conformance]
    public async Task What_was_trimmed_is_a_hole(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        var (client, allocation) = await StatusClientAsync(export);
        await using var owned = client;
        await client.WriteAsync(area, Bytes.Pattern(4, 256 << 10));
        await client.RequireAsync(Command.Trim, area, 256 << 10);

        var extents = await StatusAsync(client, allocation, area, 256 << 10);

        Assert.All(Within(extents, 256 << 10), e => Assert.Equal(Allocation.Hole, e.State & Allocation.Hole));
    }

    [Conformance]
    public async Task REQ_ONE_gets_one_extent_within_what_was_asked(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        var (client, allocation) = await StatusClientAsync(export);
        await using var owned = client;
        await client.WriteAsync(area + (64 << 10), Bytes.Pattern(5, 64 << 10));

        var whole = await client.AskAsync(Command.BlockStatus, area, 1 << 20, CommandFlag.OnlyOne);
        var part = await client.AskAsync(Command.BlockStatus, area, 8192, CommandFlag.OnlyOne);

        Assert.Equal(new Extent(64 << 10, Empty), Assert.Single(whole.Contexts[allocation]));
        Assert.Equal(new Extent(8192, Empty), Assert.Single(part.Contexts[allocation]));
    }

    [Conformance]
    public async Task A_query_of_any_alignment_is_answered(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        var (client, allocation) = await StatusClientAsync(export);
        await using var owned = client;
        await client.WriteAsync(area, Bytes.Pattern(6, 64 << 10));

        var extents = await StatusAsync(client, allocation, area + 511, 1025);
        var last = await StatusAsync(client, allocation, client.Size - 1, 1);

        Assert.All(Within(extents, 1025), e => Assert.Equal(0u, e.State));
        Assert.Equal(1ul, Assert.Single(last).Length);
    }

    [Conformance]
    public async Task The_whole_disk_can_be_walked(Peer peer)
    {
        var (client, allocation) = await StatusClientAsync(await ExportAsync(peer));
        await using var owned = client;

        ulong at = 0;
        while (at < client.Size)
        {
            var extents = await StatusAsync(client, allocation, at, client.Size - at);
            at += extents.Aggregate(0ul, (sum, e) => sum + e.Length);
        }

        Assert.Equal(client.Size, at);
    }

    [Conformance]
    public async Task Beyond_the_end_it_is_invalid_and_survived(Peer peer)
    {
        var (client, _) = await StatusClientAsync(await ExportAsync(peer));
        await using var owned = client;

        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.BlockStatus, client.Size, 4096));
        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.BlockStatus, client.Size - 4096, 8192));
        Assert.Equal(Errno.Invalid, await client.ErrorOfAsync(Command.BlockStatus, ulong.MaxValue - 511, 4096));
        await client.ExpectUsableAsync();
    }

    [Conformance]
    public async Task Without_contexts_it_is_invalid_and_survived(Peer peer)
    {
        var export = await ExportAsync(peer);
        await using var structured = await NewClientAsync(export);
        await using var old = await OldClientAsync(export);

        Assert.Equal(Errno.Invalid, await structured.ErrorOfAsync(Command.BlockStatus, 0, 4096));
        Assert.Equal(Errno.Invalid, await old.ErrorOfAsync(Command.BlockStatus, 0, 4096));

        await structured.ExpectUsableAsync();
        await old.ExpectUsableAsync();
    }

    private static async Task<IReadOnlyList<Extent>> StatusAsync(Client client, uint allocation, ulong at, ulong length)
    {
        var answer = await client.AskAsync(Command.BlockStatus, at, length);
        Assert.Equal(Errno.None, answer.Error);
        Assert.Equal([allocation], answer.Contexts.Keys);
        var extents = answer.Contexts[allocation];
        Assert.All(extents, e => Assert.NotEqual(0ul, e.Length));

        // Only the last extent may reach beyond what was asked, and none beyond the disk.
        var before = extents.SkipLast(1).Aggregate(0ul, (sum, e) => sum + e.Length);
        Assert.True(before < length, $"{extents.Count} extents, although {before} bytes of {length} were told before the last");
        Assert.InRange(at + before + extents[^1].Length, at + 1, client.Size);
        return extents;
    }

    // Neighbours of one state made one, over as many requests as it takes.
    private static async Task<IReadOnlyList<(int, uint)>> StatesAsync(Client client, uint allocation, ulong at, int length)
    {
        var states = new List<(int Length, uint State)>();
        for (var done = 0; done < length;)
        {
            foreach (var extent in Within(await StatusAsync(client, allocation, at + (ulong)done, (ulong)(length - done)), length - done))
            {
                done += (int)extent.Length;
                var isMore = states.Count > 0 && states[^1].State == extent.State;
                var merged = ((isMore ? states[^1].Length : 0) + (int)extent.Length, extent.State);
                states.RemoveRange(states.Count - (isMore ? 1 : 0), isMore ? 1 : 0);
                states.Add(merged);
            }
        }

        return states;
    }

    // The extents cut to a length.
    private static List<Extent> Within(IReadOnlyList<Extent> extents, int length)
    {
        var within = new List<Extent>();
        foreach (var extent in extents.TakeWhile(_ => length > 0))
        {
            within.Add(extent with { Length = Math.Min(extent.Length, (ulong)length) });
            length -= (int)within[^1].Length;
        }

        return within;
    }
}
