using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Crucible.Upstairs.Encryption;

/// <summary>
/// Makes the nonces of one activation. Safe for concurrent callers.
/// <code>
///   0  12  prefix    random, kept until its blocks are used up
///  12  u32 counter   blocks under this prefix so far, little-endian
///  16  8   random    fresh for each block
/// </code>
/// XAES-256-GCM is safe while no nonce comes twice under one key, and its published bound is that of 192 random bits. To
/// keep a prefix is to leave that bound for the one of AES-GCM under the derived key. There 96 random bits would repeat
/// with a chance of 2⁻³³ in 2³² blocks, and one repetition is enough to forge; a counter never repeats, and its 32 bits
/// are exactly the blocks that a prefix is kept for. Prefixes are 96 random bits, so two of a thousand million
/// activations share one with a chance of 2⁻³⁷. The 64 random bits are a second net, for the cases the counter can't see:
/// two prefixes alike, or an upstairs whose memory was copied and goes on twice (a machine resumed from a snapshot). It
/// holds there only once the random generator, copied as well, is seeded anew: a net, not a licence.
/// </summary>
internal sealed class NonceSource
{
    /// <summary>Blocks encrypted under one prefix before a new one is drawn: what the counter can count.</summary>
    public const ulong BlocksPerPrefixLimit = 1UL << 32;

    private const int CounterOffset = NoncePrefix.SizeBytes;
    private const int RandomOffset = CounterOffset + sizeof(uint);
    private const int RandomBytes = Xaes256Gcm.NonceSizeBytes - RandomOffset;

    // Drawn in bulk, as a draw costs about as much as encrypting a small block; not by much, as what was drawn before a
    // snapshot is the same in both copies.
    private const int RandomBlocksAtOnce = 32;

    private readonly Lock _gate = new();
    private readonly ulong _blocksPerPrefix;
    private readonly byte[] _random = new byte[RandomBlocksAtOnce * RandomBytes];
    private int _randomUsed;
    private NoncePrefix _prefix;
    private ulong _blockCount;

    /// <param name="blocksPerPrefix">1 to <see cref="BlocksPerPrefixLimit"/>.</param>
    public NonceSource(ulong blocksPerPrefix = BlocksPerPrefixLimit)
    {
        Invariant.Require(blocksPerPrefix is > 0 and <= BlocksPerPrefixLimit);
        _blocksPerPrefix = blocksPerPrefix;
        _randomUsed = _random.Length;
        _blockCount = blocksPerPrefix;
    }

    /// <summary>Fills <paramref name="nonce"/>, 24 bytes, with one never given before.</summary>
    public void Next(Span<byte> nonce)
    {
        Invariant.Require(nonce.Length == Xaes256Gcm.NonceSizeBytes);
        lock (_gate)
        {
            if (_blockCount == _blocksPerPrefix)
            {
                StartPrefix();
            }

            _prefix.Write(nonce);
            BinaryPrimitives.WriteUInt32LittleEndian(nonce[CounterOffset..], (uint)_blockCount);
            _blockCount++;
            TakeRandom(nonce[RandomOffset..]);
        }
    }

    private void StartPrefix()
    {
        Span<byte> random = stackalloc byte[NoncePrefix.SizeBytes];
        RandomNumberGenerator.Fill(random);
        _prefix = NoncePrefix.Read(random);
        _blockCount = 0;
    }

    private void TakeRandom(Span<byte> random)
    {
        if (_randomUsed == _random.Length)
        {
            RandomNumberGenerator.Fill(_random);
            _randomUsed = 0;
        }

        _random.AsSpan(_randomUsed, RandomBytes).CopyTo(random);
        _randomUsed += RandomBytes;
    }
}
