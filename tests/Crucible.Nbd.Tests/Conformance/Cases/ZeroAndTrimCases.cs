using Crucible.Nbd.Tests.Conformance.Peers;
using Crucible.Nbd.Tests.Conformance.Raw;
using Crucible.Nbd.Tests.Conformance.Running;

namespace Crucible.Nbd.Tests.Conformance.Cases;

/// <summary>WRITE_ZEROES and TRIM.</summary>
public sealed class ZeroAndTrimCases(Exports exports) : Conversations(exports)
{
    private const int Length = 256 << 10;

    [Conformance]
    public Task WRITE_ZEROES_writes_zeroes_and_nothing_beside_them(Peer peer) => ExpectZeroesAsync(peer, 64 << 10, 128 << 10, 0);

    [Conformance]
    public Task WRITE_ZEROES_of_any_alignment_writes_zeroes_and_nothing_beside_them(Peer peer) => ExpectZeroesAsync(peer, 511, 70_003, 0);

    [Conformance]
    public Task WRITE_ZEROES_within_a_block_writes_zeroes_and_nothing_beside_them(Peer peer) => ExpectZeroesAsync(peer, 4100, 7, 0);

    [Conformance]
    public Task WRITE_ZEROES_without_a_hole_writes_zeroes_and_nothing_beside_them(Peer peer) =>
        ExpectZeroesAsync(peer, 5000, 100_000, CommandFlag.NoHole);

    [Conformance]
    public async Task WRITE_ZEROES_that_must_be_fast_is_done_or_refused_and_then_changes_nothing(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var client = await OldClientAsync(export);
        Assert.True(client.Flags.HasFlag(ExportFlags.FastZero));
        var data = Bytes.Pattern(1, Length);
        await client.WriteAsync(area, data);

        var error = await client.ErrorOfAsync(Command.WriteZeroes, area, Length, CommandFlag.FastZero);

        Assert.Contains(error, new[] { Errno.None, Errno.NotSupported });
        Assert.Equal(error == Errno.None ? new byte[Length] : data, await client.ReadAsync(area, Length));
    }

    [Conformance]
    public async Task WRITE_ZEROES_that_need_not_be_fast_is_never_unsupported(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var client = await OldClientAsync(export);
        await client.WriteAsync(area, Bytes.Pattern(2, Length));

        foreach (ushort flags in new[] { 0, CommandFlag.NoHole, CommandFlag.Fua, CommandFlag.NoHole | CommandFlag.Fua })
        {
            await client.RequireAsync(Command.WriteZeroes, area + 100, 30_000, flags);
        }
    }

    [Conformance]
    public async Task WRITE_ZEROES_and_TRIM_take_more_than_a_payload_may_have(Peer peer)
    {
        const ulong Large = 100 << 20;
        var export = await ExportAsync(peer);
        var area = export.TakeArea((long)Large);
        await using var client = await OldClientAsync(export);
        await client.WriteAsync(area + Large - 4096, Bytes.Pattern(3, 4096));

        await client.RequireAsync(Command.WriteZeroes, area, Large);

        Assert.Equal(new byte[4096], await client.ReadAsync(area + Large - 4096, 4096));
        await client.RequireAsync(Command.Trim, area, Large);
    }

    [Conformance]
    public async Task TRIM_touches_nothing_beside_its_range(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var client = await OldClientAsync(export);
        var data = Bytes.Pattern(4, Length);
        await client.WriteAsync(area, data);

        await client.RequireAsync(Command.Trim, area + 1000, 150_001);

        var read = await client.ReadAsync(area, Length);
        Assert.Equal(data[..1000], read[..1000]);
        Assert.Equal(data[151_001..], read[151_001..]);
    }

    [Conformance]
    public async Task What_was_trimmed_can_be_written_again(Peer peer)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var client = await OldClientAsync(export);
        await client.WriteAsync(area, Bytes.Pattern(5, Length));
        await client.RequireAsync(Command.Trim, area, Length);
        var data = Bytes.Pattern(6, 10_000);

        await client.WriteAsync(area + 3000, data);

        Assert.Equal(data, await client.ReadAsync(area + 3000, data.Length));
    }

    private async Task ExpectZeroesAsync(Peer peer, int at, int count, ushort flags)
    {
        var export = await ExportAsync(peer);
        var area = export.TakeArea();
        await using var client = await OldClientAsync(export);
        var data = Bytes.Pattern(at, Length);
        await client.WriteAsync(area, data);

        await client.RequireAsync(Command.WriteZeroes, area + (ulong)at, (ulong)count, flags);

        data.AsSpan(at, count).Clear();
        Assert.Equal(data, await client.ReadAsync(area, Length));
    }
}
