namespace MessagePack.Tests;

public sealed class SkipTests
{
    public static TheoryData<string> Values => new()
    {
        "c0", "c2", "c3", "00", "7f", "e0", "ff",
        "cc 01", "cd 01 02", "ce 01 02 03 04", "cf 01 02 03 04 05 06 07 08",
        "d0 01", "d1 01 02", "d2 01 02 03 04", "d3 01 02 03 04 05 06 07 08",
        "ca 01 02 03 04", "cb 01 02 03 04 05 06 07 08",
        "a0", "a3 61 62 63", "d9 02 61 62", "da 00 02 61 62", "db 00 00 00 02 61 62",
        "c4 02 01 02", "c5 00 02 01 02", "c6 00 00 00 02 01 02",
        "d4 7f 01", "d5 7f 01 02", "d6 7f 01 02 03 04", "d7 7f 01 02 03 04 05 06 07 08",
        "d8 7f 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 10",
        "c7 02 7f 01 02", "c8 00 02 7f 01 02", "c9 00 00 00 02 7f 01 02", "c7 00 7f",
        "90", "93 01 02 03", "dc 00 02 01 02", "dd 00 00 00 02 01 02",
        "80", "81 01 02", "de 00 02 01 02 03 04", "df 00 00 00 01 01 02",
        "92 81 a1 6b 92 c0 c4 01 ff 91 90",
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Exactly_one_value_is_passed_over(string hex)
    {
        byte[] bytes = [.. Codec.Hex(hex), 0x2a];

        for (var segmentBytes = 1; segmentBytes <= bytes.Length; segmentBytes++)
        {
            Assert.Equal(42, Codec.ReadSegmented(bytes, segmentBytes, SkipAndRead));
        }

        static int SkipAndRead(ref MessagePackReader reader)
        {
            reader.Skip();
            return reader.ReadInt32();
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Every_prefix_of_a_value_is_too_short(string hex)
    {
        var bytes = Codec.Hex(hex);

        for (var length = 0; length < bytes.Length; length++)
        {
            Codec.Throws<EndOfStreamException, bool>(bytes[..length], Skip);
        }
    }

    [Fact]
    public void Nesting_costs_no_stack_however_deep()
    {
        var bytes = new byte[1_000_000];
        bytes.AsSpan().Fill(MessagePackCode.MinFixArray + 1);
        bytes[^1] = MessagePackCode.Nil;

        Assert.True(Codec.Read(bytes, Skip));
        Codec.Throws<EndOfStreamException, bool>(bytes[..^1], Skip);
    }

    [Fact]
    public void The_code_that_is_never_used_is_refused_also_deep_inside()
    {
        Codec.Throws<MessagePackSerializationException, bool>(Codec.Hex("c1"), Skip);
        Codec.Throws<MessagePackSerializationException, bool>(Codec.Hex("92 91 c1 00"), Skip);
    }

    private static bool Skip(ref MessagePackReader reader)
    {
        reader.Skip();
        return true;
    }
}
