using BenchmarkDotNet.Attributes;
using Crucible.Upstairs.Encryption;

namespace Crucible.Benchmarks;

/// <summary>What proving one block costs: the checksum that every block pays, and encryption.</summary>
[MemoryDiagnoser]
public class BlockProofBenchmarks : IDisposable
{
    private readonly EncryptionKey _key = new(new byte[EncryptionKey.SizeBytes].Select((_, i) => (byte)i).ToArray());
    private readonly byte[] _context = new byte[BlockContext.EncryptedSizeBytes];
    private BlockCipher _cipher = null!;
    private byte[] _block = null!;
    private byte[] _stored = null!;

    [Params(512, 4096, 32768)]
    public int BlockBytes { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _block = new byte[BlockBytes];
        _stored = new byte[BlockBytes];
        _cipher = new BlockCipher(_key, new VolumeId(new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)));
        _cipher.Encrypt(new BlockIndex(1), _block, _stored, _context);
    }

    [Benchmark(Baseline = true)]
    public ulong Checksum() => BlockContext.Checksum(_block, new BlockIndex(7));

    [Benchmark]
    public void Encrypt() => _cipher.Encrypt(new BlockIndex(7), _block, _block, _context);

    [Benchmark]
    public bool Decrypt() => _cipher.TryDecrypt(new BlockIndex(1), _stored, _context, _block);

    public void Dispose()
    {
        _cipher?.Dispose();
        _key.Dispose();
        GC.SuppressFinalize(this);
    }
}
