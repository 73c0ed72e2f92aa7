using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;

namespace Crucible.Upstairs.Encryption.Tests;

[UnsupportedOSPlatform("windows")]
public sealed class EncryptionKeyTests : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly byte[] Key = [.. Enumerable.Range(0x80, EncryptionKey.SizeBytes).Select(value => (byte)value)];

    private readonly string _folder = Directory.CreateTempSubdirectory("crucible-key-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<byte[]> WrittenForms => new()
    {
        Key,
        { [.. Key, (byte)'\n'] },
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(Key)),
        Encoding.ASCII.GetBytes(Convert.ToHexString(Key) + "\n"),
        Encoding.ASCII.GetBytes(Convert.ToBase64String(Key)),
        Encoding.ASCII.GetBytes(Convert.ToBase64String(Key) + "\n"),
        Encoding.ASCII.GetBytes(Convert.ToBase64String(Key) + "\r\n"),
    };

    [Theory]
    [MemberData(nameof(WrittenForms))]
    public void A_key_file_is_raw_or_hex_or_base64(byte[] content)
    {
        using var key = EncryptionKey.FromFile(Write(content), out var warning);

        Assert.Equal(Key, key.Bytes.ToArray());
        Assert.Null(warning);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    public void A_key_file_that_others_can_use_is_warned_about(UnixFileMode mode)
    {
        var path = Write(Key, OwnerOnly | mode);

        using var key = EncryptionKey.FromFile(path, out var warning);

        Assert.Equal(Key, key.Bytes.ToArray());
        Assert.Equal($"key file {path} is open to its group or to others; close it: chmod 600 {path}", warning);
    }

    public static TheoryData<string, string> NoKeys => new()
    {
        { "", "is empty" },
        { "\n", "is empty" },
        { "hunter2hunter2", "does not hold a key" },
        { new string('g', 64), "does not hold a key" },
        { new string('a', 63), "does not hold a key" },
        { new string('!', 44), "does not hold a key" },
        { new string('A', 45), "does not hold a key" },
        { Convert.ToBase64String(Key)[..^4] + "AAAA", "does not hold a key" },
        { new string('a', 32), "too short for a key" },
        { new string('a', 32) + "\n", "too short for a key" },
        { new string('0', 64), "is all zeroes" },
        { new string('\0', 32), "is all zeroes" },
        { new string('a', 69), "longer than any form of a key" },
        { new string('a', 100_000), "longer than any form of a key" },
    };

    [Theory]
    [MemberData(nameof(NoKeys))]
    public void A_file_that_holds_no_key_is_told_without_its_content(string content, string expected)
    {
        var path = Write(Encoding.ASCII.GetBytes(content));

        var error = Assert.Throws<EncryptionKeyException>(() => EncryptionKey.FromFile(path, out _));

        Assert.StartsWith($"key file {path} ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        AssertTells(error, secret: content);
    }

    [Fact]
    public void A_missing_file_is_told()
    {
        var path = Path.Combine(_folder, "none");

        var error = Assert.Throws<EncryptionKeyException>(() => EncryptionKey.FromFile(path, out _));

        Assert.Equal($"key file {path} can't be read: it does not exist", error.Message);
    }

    [Fact]
    public void A_directory_is_told()
    {
        var error = Assert.Throws<EncryptionKeyException>(() => EncryptionKey.FromFile(_folder, out _));

        Assert.Equal($"key file {_folder} can't be read: it is a directory", error.Message);
    }

    [Fact]
    public void An_empty_path_is_told()
    {
        var error = Assert.Throws<EncryptionKeyException>(() => EncryptionKey.FromFile("", out _));

        Assert.Equal("key file  can't be read: it is not a path", error.Message);
    }

    [Fact]
    public void The_environment_holds_a_key_where_no_file_is_given()
    {
        var file = Write(RandomNumberGenerator.GetBytes(EncryptionKey.SizeBytes));
        Assert.Null(Environment.GetEnvironmentVariable(EncryptionKey.EnvironmentVariable));
        Assert.Null(EncryptionKey.Load(keyFile: null, out _));
        try
        {
            Environment.SetEnvironmentVariable(EncryptionKey.EnvironmentVariable, Convert.ToBase64String(Key));

            using var fromEnvironment = EncryptionKey.Load(keyFile: null, out var warning);
            using var fromFile = EncryptionKey.Load(file, out _);

            Assert.Null(warning);
            Assert.Equal(Key, fromEnvironment!.Bytes.ToArray());
            Assert.Equal(File.ReadAllBytes(file), fromFile!.Bytes.ToArray());
        }
        finally
        {
            Environment.SetEnvironmentVariable(EncryptionKey.EnvironmentVariable, null);
        }
    }

    [Fact]
    public void A_variable_holds_hex_or_base64()
    {
        using var hex = EncryptionKey.FromText(Convert.ToHexString(Key), "VARIABLE");
        using var base64 = EncryptionKey.FromText(Convert.ToBase64String(Key), "VARIABLE");

        Assert.Equal(Key, hex.Bytes.ToArray());
        Assert.Equal(Key, base64.Bytes.ToArray());
    }

    [Theory]
    [InlineData("correct horse battery staple")]
    [InlineData("ключ")]
    public void A_variable_that_holds_no_key_is_told_without_its_content(string text)
    {
        var error = Assert.Throws<EncryptionKeyException>(() => EncryptionKey.FromText(text, "VARIABLE"));

        Assert.StartsWith("VARIABLE does not hold a key; expected base64 of 32 random bytes", error.Message, StringComparison.Ordinal);
        AssertTells(error, secret: text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(33)]
    public void A_key_of_another_length_is_refused(int lengthBytes)
    {
        var bytes = RandomNumberGenerator.GetBytes(lengthBytes);

        Assert.Throws<EncryptionKeyException>(() => new EncryptionKey(bytes));
    }

    [Fact]
    public void A_key_never_turns_into_text()
    {
        using var key = new EncryptionKey(Key);

        Assert.Equal("encryption key (not shown)", key.ToString());
        Assert.DoesNotContain(typeof(EncryptionKey).GetProperties(), property => property.GetIndexParameters().Length == 0);
    }

    [Fact]
    public void A_disposed_key_is_zeroed_and_refuses_to_be_used()
    {
        var key = new EncryptionKey(Key);
        var bytes = key.Bytes;
        Assert.Equal(Key, bytes.ToArray());

        key.Dispose();

        Assert.Equal(new byte[EncryptionKey.SizeBytes], bytes.ToArray());
        Assert.Throws<ObjectDisposedException>(() => key.Bytes.Length);
    }

    private static void AssertTells(EncryptionKeyException error, string secret)
    {
        Assert.DoesNotContain('\n', error.Message);
        if (secret.Trim('\0', '\n').Length > 0)
        {
            Assert.DoesNotContain(secret.Trim('\n'), error.ToString(), StringComparison.Ordinal);
        }
    }

    private string Write(byte[] content, UnixFileMode mode = OwnerOnly)
    {
        var path = Path.Combine(_folder, "key");
        File.WriteAllBytes(path, content);
        File.SetUnixFileMode(path, mode);
        return path;
    }
}
