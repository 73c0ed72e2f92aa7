using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Crucible.Upstairs.Encryption;

/// <summary>
/// The key derivation of XAES-256-GCM (c2sp.org/XAES-256-GCM): the counter KDF of NIST SP 800-108r1 over AES-256-CMAC.
/// Its input fills exactly one block, so all that is left of CMAC is its first subkey and one AES call an output block.
/// <code>
///   L   = AES(key, 0¹²⁸)           K1 = L doubled in GF(2¹²⁸)
///   M1  = 00 01 'X' 00 ‖ prefix    M2 = 00 02 'X' 00 ‖ prefix
///   out = AES(key, M1 ⊕ K1) ‖ AES(key, M2 ⊕ K1)
/// </code>
/// One caller at a time.
/// </summary>
internal sealed class KeyDerivation : IDisposable
{
    public const int KeySizeBytes = 32;

    private const int AesBlockBytes = 16;
    private const byte Label = (byte)'X';
    private const byte FieldPolynomial = 0x87;

    // Pinned, so that the collector leaves no copy behind that nobody zeroes.
    private readonly byte[] _input = GC.AllocateArray<byte>(2 * AesBlockBytes, pinned: true);
    private readonly byte[] _output = GC.AllocateArray<byte>(2 * AesBlockBytes, pinned: true);
    private readonly ICryptoTransform _aes;
    private UInt128 _subkey;

    /// <param name="key">The master key, 32 bytes; borrowed for the call.</param>
    public KeyDerivation(ReadOnlySpan<byte> key)
    {
        Invariant.Require(key.Length == KeySizeBytes);
        _aes = CreateAes(key);
        _subkey = CmacSubkey();
    }

    /// <summary>Fills <paramref name="derivedKey"/> (32 bytes, the caller's to zero) with the key of one nonce prefix.</summary>
    public void Derive(NoncePrefix prefix, Span<byte> derivedKey)
    {
        Invariant.Require(derivedKey.Length == KeySizeBytes);
        WriteMessage(_input.AsSpan(0, AesBlockBytes), 1, prefix);
        WriteMessage(_input.AsSpan(AesBlockBytes), 2, prefix);

        _aes.TransformBlock(_input, 0, _input.Length, _output, 0);

        _output.CopyTo(derivedKey);
        ZeroBuffers();
    }

    public void Dispose()
    {
        ZeroBuffers();
        _subkey = 0;
        _aes.Dispose();
    }

    private void WriteMessage(Span<byte> block, byte counter, NoncePrefix prefix)
    {
        block.Clear();
        block[1] = counter;
        block[2] = Label;
        prefix.Write(block[4..]);
        BinaryPrimitives.WriteUInt128BigEndian(block, BinaryPrimitives.ReadUInt128BigEndian(block) ^ _subkey);
    }

    private UInt128 CmacSubkey()
    {
        // ECB without padding keeps no state from call to call, so one transform serves for good.
        _aes.TransformBlock(_input, 0, AesBlockBytes, _output, 0);
        var block = BinaryPrimitives.ReadUInt128BigEndian(_output);
        ZeroBuffers();

        // Multiplied rather than branched on: the top bit is secret.
        return (block << 1) ^ ((block >> 127) * FieldPolynomial);
    }

    private void ZeroBuffers()
    {
        CryptographicOperations.ZeroMemory(_input);
        CryptographicOperations.ZeroMemory(_output);
    }

    private static ICryptoTransform CreateAes(ReadOnlySpan<byte> key)
    {
        using var aes = Aes.Create();
        aes.Mode = CipherMode.ECB;
        aes.Padding = PaddingMode.None;
        var copy = GC.AllocateArray<byte>(KeySizeBytes, pinned: true);
        try
        {
            key.CopyTo(copy);
            return aes.CreateEncryptor(copy, null);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }
    }
}
