using System.Security.Cryptography;
using System.Text;

namespace Crucible.Upstairs.Encryption.Tests;

/// <summary>Against the test vectors that c2sp.org/XAES-256-GCM publishes.</summary>
public sealed class Xaes256GcmTests
{
    private static readonly byte[] Nonce = Encoding.ASCII.GetBytes("ABCDEFGHIJKLMNOPQRSTUVWX");
    private static readonly byte[] Plain = Encoding.ASCII.GetBytes("XAES-256-GCM");

    [Theory]
    [InlineData(0x01, "c8612c9ed53fe43e8e005b828a1631a0bbcb6ab2f46514ec4f439fcfd0fa969b")]
    [InlineData(0x03, "e9c621d4cdd9b11b00a6427ad7e559aeedd66b3857646677748f8ca796cb3fd8")]
    public void Derived_keys_are_the_published_ones(byte keyByte, string expected)
    {
        using var derivation = new KeyDerivation(Key(keyByte));
        var derived = new byte[KeyDerivation.KeySizeBytes];

        // Twice, as one derivation serves many prefixes.
        derivation.Derive(default, derived);
        derivation.Derive(NoncePrefix.Read(Nonce), derived);

        Assert.Equal(expected, Convert.ToHexStringLower(derived));
    }

    [Theory]
    [InlineData(0x01, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271")]
    [InlineData(0x03, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d")]
    public void Messages_are_encrypted_and_decrypted_as_published(byte keyByte, string associatedText, string expected)
    {
        using var xaes = new Xaes256Gcm(Key(keyByte));
        var associatedData = Encoding.ASCII.GetBytes(associatedText);
        var cipher = new byte[Plain.Length];
        var tag = new byte[Xaes256Gcm.TagSizeBytes];

        xaes.Encrypt(Nonce, Plain, cipher, tag, associatedData);
        var decrypted = new byte[Plain.Length];
        var proved = xaes.TryDecrypt(Nonce, cipher, tag, decrypted, associatedData);

        Assert.Equal(expected, Convert.ToHexStringLower([.. cipher, .. tag]));
        Assert.True(proved);
        Assert.Equal(Plain, decrypted);
    }

    [Fact]
    public void Ten_thousand_random_messages_hash_to_the_published_value()
    {
        const int Messages = 10_000;
        const int LongestMessageBytes = Xaes256Gcm.KeySizeBytes + Xaes256Gcm.NonceSizeBytes + (2 * 256);
        var input = new Input(Shake128.HashData([], Messages * LongestMessageBytes));
        using var hash = new Shake128();

        for (var message = 0; message < Messages; message++)
        {
            using var xaes = new Xaes256Gcm(input.Take(Xaes256Gcm.KeySizeBytes));
            var nonce = input.Take(Xaes256Gcm.NonceSizeBytes);
            var plain = input.TakeCounted();
            var associatedData = input.TakeCounted();
            var cipher = new byte[plain.Length];
            var tag = new byte[Xaes256Gcm.TagSizeBytes];
            xaes.Encrypt(nonce, plain, cipher, tag, associatedData);
            hash.AppendData(cipher);
            hash.AppendData(tag);
        }

        Assert.Equal(
            "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939",
            Convert.ToHexStringLower(hash.GetHashAndReset(32)));
    }

    [Fact]
    public void What_is_not_proved_does_not_come_out()
    {
        using var xaes = new Xaes256Gcm(Key(0x01));
        var cipher = new byte[Plain.Length];
        var tag = new byte[Xaes256Gcm.TagSizeBytes];
        xaes.Encrypt(Nonce, Plain, cipher, tag, []);
        tag[0] ^= 1;
        var decrypted = Plain.ToArray();

        var proved = xaes.TryDecrypt(Nonce, cipher, tag, decrypted, []);

        Assert.False(proved);
        Assert.Equal(new byte[Plain.Length], decrypted);
    }

    private static byte[] Key(byte value) => [.. Enumerable.Repeat(value, Xaes256Gcm.KeySizeBytes)];

    private sealed class Input(byte[] stream)
    {
        private int _taken;

        public ReadOnlySpan<byte> Take(int count)
        {
            var taken = stream.AsSpan(_taken, count);
            _taken += count;
            return taken;
        }

        public ReadOnlySpan<byte> TakeCounted() => Take(Take(1)[0]);
    }
}
