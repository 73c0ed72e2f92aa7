using System.Security.Cryptography;

namespace Crucible.Upstairs.Encryption.Tests;

public sealed class NonceTests : IDisposable
{
    private const int Threads = 4;

    private static readonly VolumeId Volume = new(Guid.NewGuid());

    private readonly EncryptionKey _key = new(RandomNumberGenerator.GetBytes(EncryptionKey.SizeBytes));

    public void Dispose() => _key.Dispose();

    [Fact]
    public void No_nonce_comes_twice_in_a_hundred_thousand_blocks()
    {
        const int Blocks = 100_000;
        var source = new NonceSource();
        var nonces = new HashSet<UInt128>();
        var prefixes = new HashSet<NoncePrefix>();
        Span<byte> nonce = stackalloc byte[Xaes256Gcm.NonceSizeBytes];

        for (var block = 0; block < Blocks; block++)
        {
            source.Next(nonce);
            prefixes.Add(NoncePrefix.Read(nonce));
            nonces.Add(AfterPrefix(nonce));
        }

        Assert.Single(prefixes);
        Assert.Equal(Blocks, nonces.Count);
    }

    [Fact]
    public void Nonces_would_differ_even_if_the_counter_stood_still()
    {
        var random = new HashSet<ulong>();
        var source = new NonceSource(blocksPerPrefix: 1);
        Span<byte> nonce = stackalloc byte[Xaes256Gcm.NonceSizeBytes];

        for (var block = 0; block < 1_000; block++)
        {
            source.Next(nonce);
            random.Add(BitConverter.ToUInt64(nonce[16..]));
        }

        Assert.Equal(1_000, random.Count);
    }

    [Fact]
    public void Threads_never_get_the_same_nonce()
    {
        const int NoncesEach = 25_000;
        var source = new NonceSource(blocksPerPrefix: 1_000);
        var given = new HashSet<string>[Threads];

        OnThreads(thread =>
        {
            given[thread] = [];
            var nonce = new byte[Xaes256Gcm.NonceSizeBytes];
            for (var count = 0; count < NoncesEach; count++)
            {
                source.Next(nonce);

                // Without the random part, which would hide a counter given twice.
                given[thread].Add(Convert.ToHexString(nonce.AsSpan(0, 16)));
            }
        });

        Assert.Equal(Threads * NoncesEach, given.SelectMany(nonces => nonces).Distinct().Count());
    }

    [Fact]
    public void A_new_prefix_is_drawn_when_the_old_one_has_served_its_blocks()
    {
        using var cipher = new BlockCipher(_key, Volume, blocksPerPrefix: 10);

        var blocks = Seal(cipher, 35);

        Assert.Equal([10, 10, 10, 5], blocks.GroupBy(block => block.Prefix).Select(group => group.Count()));
        Assert.All(blocks, block => Assert.True(block.Opens(cipher)));
    }

    [Fact]
    public void A_prefix_serves_no_more_blocks_than_its_counter_can_count()
    {
        Assert.Equal((ulong)uint.MaxValue + 1, NonceSource.BlocksPerPrefixLimit);
        Assert.Throws<InvariantException>(() => new NonceSource(NonceSource.BlocksPerPrefixLimit + 1));
    }

    [Fact]
    public void Blocks_of_more_prefixes_than_are_cached_still_decrypt()
    {
        const int Blocks = 2 * DerivedCipherCache.PrefixLimit;
        using var cipher = new BlockCipher(_key, Volume, blocksPerPrefix: 1);

        var blocks = Seal(cipher, Blocks);

        Assert.Equal(Blocks, blocks.Select(block => block.Prefix).Distinct().Count());
        Assert.All(blocks, block => Assert.True(block.Opens(cipher)));
        Assert.Equal(DerivedCipherCache.PrefixLimit, cipher.CachedKeyCount);
    }

    /// <summary>With a limit of 1 every block has a key of its own, and keys leave the cache while others work.</summary>
    [Theory]
    [InlineData(NonceSource.BlocksPerPrefixLimit)]
    [InlineData(100)]
    [InlineData(1)]
    public void Threads_encrypt_and_decrypt_at_once(ulong blocksPerPrefix)
    {
        const int BlocksEach = 1_000;
        using var cipher = new BlockCipher(_key, Volume, blocksPerPrefix);
        var sealedBy = new List<Sealed>[Threads];
        var opened = new int[Threads];

        OnThreads(thread =>
        {
            sealedBy[thread] = Seal(cipher, BlocksEach);
            opened[thread] = sealedBy[thread].Count(block => block.Opens(cipher));
        });

        // And what threads made, one alone reads: so no two of them were wrong alike.
        using var later = new BlockCipher(_key, Volume);
        Assert.Equal(Enumerable.Repeat(BlocksEach, Threads), opened);
        Assert.All(sealedBy.SelectMany(blocks => blocks), block => Assert.True(block.Opens(later)));
        Assert.Equal(Threads * BlocksEach, sealedBy.SelectMany(blocks => blocks).Select(block => block.Nonce).Distinct().Count());
    }

    [Fact]
    public void Disposing_while_threads_work_stops_them_without_harm()
    {
        var cipher = new BlockCipher(_key, Volume, blocksPerPrefix: 3);
        using var underWay = new CountdownEvent(Threads);
        var wrong = new int[Threads];

        OnThreads(
            thread =>
            {
                try
                {
                    for (var first = true; ; first = false)
                    {
                        wrong[thread] += new Sealed(cipher, new BlockIndex(1)).Opens(cipher) ? 0 : 1;
                        if (first)
                        {
                            underWay.Signal();
                        }
                    }
                }
                catch (ObjectDisposedException)
                {
                    // What the loop ends by.
                }
            },
            whileTheyRun: () =>
            {
                underWay.Wait();
                cipher.Dispose();
            });

        Assert.Equal(new int[Threads], wrong);
    }

    private static List<Sealed> Seal(BlockCipher cipher, int count) =>
        [.. Enumerable.Range(0, count).Select(index => new Sealed(cipher, new BlockIndex((ulong)index)))];

    private static UInt128 AfterPrefix(ReadOnlySpan<byte> nonce)
    {
        Span<byte> wide = stackalloc byte[16];
        wide.Clear();
        nonce[NoncePrefix.SizeBytes..].CopyTo(wide);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(wide);
    }

    private static void OnThreads(Action<int> work, Action? whileTheyRun = null)
    {
        var failures = new Exception?[Threads];
        var threads = Enumerable.Range(0, Threads).Select(index => new Thread(() =>
        {
            try
            {
                work(index);
            }
            catch (Exception exception)
            {
                failures[index] = exception;
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        whileTheyRun?.Invoke();
        threads.ForEach(thread => thread.Join());
        Assert.All(failures, Assert.Null);
    }
}
