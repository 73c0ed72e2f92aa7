using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Upstairs;

public sealed class ImageTests : IAsyncLifetime
{
    private const int Mebibyte = 1 << 20;

    private readonly DownstairsTrio _trio = new(new Geometry(4096, 4096, 5));

    public Task InitializeAsync() => _trio.InitializeAsync();

    public Task DisposeAsync() => _trio.DisposeAsync();

    [Fact]
    public async Task A_sparse_image_comes_back_byte_for_byte_after_all_three_were_killed_and_one_during_the_import()
    {
        var image = _trio.FileNamed("image");
        var copy = _trio.FileNamed("copy");
        MakeImage(image, 64 * Mebibyte);
        await FillWithOldDataAsync();

        using (var import = _trio.StartUpstairs("import", image, "-v"))
        {
            await import.WaitForErrorAsync("the command begins");
            await _trio.KillAsync(1);
            (await import.FinishAsync()).Expect(0);
        }

        await Task.WhenAll(_trio.KillAsync(0), _trio.KillAsync(2));
        await _trio.StartAllAsync();
        (await _trio.UpstairsAsync("export", copy)).Expect(0);

        using var expected = File.OpenRead(image);
        using var actual = File.OpenRead(copy);
        Assert.Equal(80 * Mebibyte, actual.Length);
        var same = new byte[64 * Mebibyte];
        var read = new byte[64 * Mebibyte];
        await expected.ReadExactlyAsync(same);
        await actual.ReadExactlyAsync(read);
        Assert.True(same.AsSpan().SequenceEqual(read), $"they differ from byte {same.AsSpan().CommonPrefixLength(read)} on");
        Assert.False(File.Exists(copy + ".partial"));
    }

    [Fact]
    public async Task A_file_larger_than_the_volume_is_refused_before_anything_is_written()
    {
        var image = _trio.FileNamed("large");
        MakeImage(image, (80 * Mebibyte) + 1);

        var run = (await _trio.UpstairsAsync("import", image)).Expect(1);

        Assert.Equal($"error: {image} has 83886081 bytes, the volume only 83886080; nothing was written\n", run.Error);
        var start = (await _trio.UpstairsAsync("read", "-n", "1MiB")).Expect(0).Bytes;
        Assert.DoesNotContain(start, b => b != 0);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_one_clear_line()
    {
        var run = (await _trio.UpstairsAsync("import", _trio.FileNamed("nothing"))).Expect(1);

        Assert.StartsWith($"error: {_trio.FileNamed("nothing")} can't be read", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_regular_file_is_never_replaced_by_an_export()
    {
        var link = _trio.FileNamed("link");
        File.CreateSymbolicLink(link, "/dev/full");

        var run = (await _trio.UpstairsAsync("export", link)).Expect(1);

        Assert.Equal($"error: {link} is no regular file: use read, which writes to standard output\n", run.Error);
        Assert.Equal("/dev/full", new FileInfo(link).LinkTarget);
    }

    [Fact]
    public async Task A_device_without_a_length_is_no_image()
    {
        var run = (await _trio.UpstairsAsync("import", "/dev/zero")).Expect(1);

        Assert.Equal("error: /dev/zero is a pipe or a device without a length: use write, which takes a stream\n", run.Error);
    }

    // Random pieces of odd sizes at odd places; the rest holes.
    private static void MakeImage(string path, long length)
    {
        var random = new Random(20);
        using var file = File.Create(path);
        file.SetLength(length);
        for (var i = 0; i < 40; i++)
        {
            var piece = new byte[random.Next(1, Mebibyte)];
            random.NextBytes(piece);
            file.Position = random.NextInt64(length - piece.Length);
            file.Write(piece);
        }
    }

    // What zeroes of the image must replace.
    private async Task FillWithOldDataAsync() => (await _trio.UpstairsAsync("fill", "--range", "64MiB")).Expect(0);
}
