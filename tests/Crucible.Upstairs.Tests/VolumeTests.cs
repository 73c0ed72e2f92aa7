namespace Crucible.Upstairs.Tests;

public sealed class VolumeTests
{
    [Fact]
    public async Task I6_a_flipped_bit_is_read_from_another_replica()
    {
        await using var test = await TestVolume.OpenAsync();
        var data = new byte[4096];
        new Random(1).NextBytes(data);
        await test.Volume.WriteAsync(0, data);
        test.Downstairs[0].Flips = test.Downstairs[2].Flips = true;

        for (var i = 0; i < 6; i++)
        {
            var read = new byte[4096];
            await test.Volume.ReadAsync(0, read);
            Assert.Equal(data, read);
        }

        Assert.True(test.Volume.GetStatus().Replicas.Sum(replica => replica.BadReads) > 0);
        test.Downstairs[1].Flips = true;
        var failure = await Assert.ThrowsAsync<VolumeException>(() => test.Volume.ReadAsync(0, new byte[4096]).AsTask());
        Assert.Equal(ErrorCode.IntegrityError, failure.Code);
    }

    [Fact]
    public async Task A_cancelled_read_stops_waiting_and_its_buffer_is_never_written_again()
    {
        await using var test = await TestVolume.OpenAsync();
        var data = Enumerable.Repeat((byte)7, 512).ToArray();
        await test.Volume.WriteAsync(0, data);
        Array.ForEach(test.Downstairs, one => one.Reads.Reset());
        using var cancel = new CancellationTokenSource();
        var buffer = new byte[512];
        var read = test.Volume.ReadAsync(0, buffer, cancel.Token);
        WaitHandle.WaitAny([.. test.Downstairs.Select(one => one.ReadArrived.WaitHandle)]);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await read);
        Array.ForEach(test.Downstairs, one => one.Reads.Set());
        for (var i = 0; i < 3; i++)
        {
            await test.Volume.ReadAsync(0, new byte[512]);
        }

        Assert.Equal(new byte[512], buffer);
    }

    [Fact]
    public async Task What_is_cancelled_before_it_begins_does_nothing()
    {
        await using var test = await TestVolume.OpenAsync();
        var token = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await test.Volume.WriteAsync(0, new byte[512], token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await test.Volume.WriteAsync(1, new byte[512], token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await test.Volume.FlushAsync(token));
    }

    [Fact]
    public async Task Ranges_outside_the_volume_and_a_disposed_volume_are_told_so()
    {
        var test = await TestVolume.OpenAsync();
        var size = test.Volume.SizeBytes;
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await test.Volume.ReadAsync(-1, new byte[1]));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await test.Volume.WriteAsync(size, new byte[1]));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await test.Volume.DiscardAsync(1, size));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await test.Volume.WriteZeroesAsync(long.MaxValue, long.MaxValue));
        await test.Volume.ReadAsync(size, Memory<byte>.Empty);

        await test.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await test.Volume.FlushAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await test.Volume.ReadAsync(0, new byte[1]));
    }

    [Fact]
    public async Task Disposing_flushes_what_was_written()
    {
        var test = await TestVolume.OpenAsync(change: options => options with { FlushTimeout = TimeSpan.FromHours(1) });
        await test.Volume.WriteAsync(0, new byte[512]);
        Assert.All(test.Downstairs, one => Assert.Equal(0, one.Flushes));

        await test.DisposeAsync();

        Assert.True(test.Downstairs.Count(one => one.Flushes == 1) >= 2);
    }

    [Fact]
    public async Task I5_cut_connections_are_made_anew_and_the_guest_sees_nothing()
    {
        await using var test = await TestVolume.OpenAsync();
        var data = new byte[2048];
        for (var i = 0; i < 60; i++)
        {
            Array.Fill(data, (byte)(i + 1));
            if (i % 10 == 5)
            {
                test.Downstairs[i / 10 % 3].Cut();
            }

            await test.Volume.WriteAsync(i * 700, data);
            var read = new byte[2048];
            await test.Volume.ReadAsync(i * 700, read);
            Assert.Equal(data, read);
        }

        await test.Volume.FlushAsync();
        Assert.True(test.Downstairs.Sum(one => one.Connections) > 3);
    }

    [Theory]
    [InlineData("127.0.0.1:1", "127.0.0.1:2")]
    [InlineData("127.0.0.1:1", "127.0.0.1:1", "127.0.0.1:2")]
    [InlineData("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1")]
    [InlineData("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:65536")]
    [InlineData("127.0.0.1:1", "127.0.0.1:2", ":3")]
    public async Task Targets_that_can_t_be_are_refused(params string[] targets) =>
        await Assert.ThrowsAsync<InvalidVolumeOptionsException>(() => Volume.OpenAsync(new VolumeOptions { Targets = targets }));

    [Fact]
    public async Task The_last_generation_of_all_is_refused_because_nobody_could_take_over_again()
    {
        var options = new VolumeOptions { Targets = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"], Generation = ulong.MaxValue };

        await Assert.ThrowsAsync<InvalidVolumeOptionsException>(() => Volume.OpenAsync(options));
    }

    [Fact]
    public async Task Targets_where_nobody_listens_are_unavailable_and_named()
    {
        var options = new VolumeOptions
        {
            Targets = ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:4"],
            ActivationTimeout = TimeSpan.FromMilliseconds(200),
        };

        var failure = await Assert.ThrowsAsync<VolumeUnavailableException>(() => Volume.OpenAsync(options));

        Assert.Contains("connection refused", failure.Message, StringComparison.Ordinal);
    }
}
