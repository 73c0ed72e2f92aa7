namespace Crucible.Tests;

public sealed class BlockBufferPoolTests
{
    private readonly BlockBufferPool _pool = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(511)]
    [InlineData(512)]
    [InlineData(513)]
    [InlineData(65537)]
    [InlineData(BlockBufferPool.MaxBufferBytes)]
    public void A_buffer_has_exactly_the_bytes_asked_for(int length)
    {
        using (var buffer = _pool.Rent(length))
        {
            Assert.Equal(length, buffer.Length);
            Assert.Equal(length, buffer.Memory.Length);
            Assert.Equal(length, buffer.Span.Length);
            Assert.Equal(1, _pool.Outstanding);
        }

        Assert.Equal(0, _pool.Outstanding);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(BlockBufferPool.MaxBufferBytes + 1)]
    [InlineData(int.MaxValue)]
    public void A_length_out_of_range_is_a_bug_and_nothing_is_counted(int length)
    {
        Assert.Throws<InvariantException>(() => _pool.Rent(length));
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void The_last_owner_gives_the_memory_back()
    {
        var first = _pool.Rent(100);
        var second = first.Share();

        first.Dispose();

        Assert.Equal(1, _pool.Outstanding);
        Assert.Equal(100, second.Span.Length);
        second.Dispose();
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void Disposing_twice_throws_and_the_pool_stays_right()
    {
        var buffer = _pool.Rent(100);
        buffer.Dispose();

        Assert.Throws<InvariantException>(buffer.Dispose);

        Assert.Equal(0, _pool.Outstanding);
        using var next = _pool.Rent(100);
        Assert.Equal(1, _pool.Outstanding);
    }

    [Fact]
    public void A_returned_buffer_can_t_be_read_or_shared()
    {
        var buffer = _pool.Rent(100);
        buffer.Dispose();

        Assert.Throws<InvariantException>(() => buffer.Array);
        Assert.Throws<InvariantException>(() => buffer.Memory);
        Assert.Throws<InvariantException>(() => buffer.Share());
        Assert.Throws<InvariantException>(() => buffer.Array);
    }

    [Fact]
    public void Only_a_sole_owner_may_shorten()
    {
        using var buffer = _pool.Rent(100);
        var other = buffer.Share();

        Assert.Throws<InvariantException>(() => buffer.Shorten(50));
        other.Dispose();
        buffer.Shorten(50);

        Assert.Equal(50, buffer.Length);
        Assert.Throws<InvariantException>(() => buffer.Shorten(51));
        Assert.Throws<InvariantException>(() => buffer.Shorten(-1));
    }

    [Fact]
    public void A_shortened_buffer_comes_back_at_full_length()
    {
        var buffer = _pool.Rent(1000);
        buffer.Shorten(10);
        buffer.Dispose();

        using var again = _pool.Rent(1024);

        Assert.Same(buffer, again);
        Assert.Equal(1024, again.Span.Length);
    }

    [Fact]
    public void No_more_is_kept_than_the_limit()
    {
        var pool = new BlockBufferPool(keptBytesLimit: 2048);
        var buffers = Enumerable.Range(0, 4).Select(_ => pool.Rent(1024)).ToArray();
        foreach (var buffer in buffers)
        {
            buffer.Dispose();
        }

        var again = Enumerable.Range(0, 4).Select(_ => pool.Rent(1024)).ToArray();

        Assert.Equal(2, again.Count(buffers.Contains));
        Assert.Equal(4, again.Distinct().Count());
    }

    [Fact]
    public void Renting_sharing_and_returning_allocate_nothing_in_the_steady_state()
    {
        void Round()
        {
            var buffer = _pool.Rent(4096);
            buffer.Share().Dispose();
            buffer.Dispose();
        }

        Round();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
        {
            Round();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Threads_never_share_a_buffer_unknowingly()
    {
        Parallel.For(0, 8, thread =>
        {
            var random = new Random(thread);
            for (var i = 0; i < 2_000; i++)
            {
                using var buffer = _pool.Rent(random.Next(2048) + 1);
                buffer.Span.Fill((byte)thread);
                Assert.False(buffer.Span.ContainsAnyExcept((byte)thread));
            }
        });

        Assert.Equal(0, _pool.Outstanding);
    }
}
