using System.Buffers;

namespace MessagePack.Tests;

/// <summary>I8: no bytes make the reader fail in another way than its two, or consume what it did not accept.</summary>
public sealed class HostileInputTests
{
    private const int InputCount = 100_000;

    [Fact]
    public void I8_random_bytes_end_in_a_value_or_in_one_of_two_exceptions()
    {
        var random = new Random(20_240_601);
        var buffer = new byte[48];
        var outcomes = new Dictionary<string, (int Read, int Refused, int Short)>();
        foreach (var (name, _) in Reads.All)
        {
            outcomes[name] = default;
        }

        for (var input = 0; input < InputCount; input++)
        {
            var bytes = buffer.AsMemory(0, random.Next(buffer.Length));
            random.NextBytes(bytes.Span);
            var sequence = (input & 7) == 0 ? Segments.Split(bytes, 1 + random.Next(5)) : new ReadOnlySequence<byte>(bytes);
            foreach (var (name, read) in Reads.All)
            {
                outcomes[name] = Count(outcomes[name], sequence, name, read);
            }
        }

        Assert.All(outcomes, outcome => Assert.True(outcome.Value.Read > 0 && outcome.Value.Short > 0, outcome.Key));
        Assert.All(
            outcomes.Where(outcome => outcome.Key is not ("TryReadNil" or "ReadRaw")),
            outcome => Assert.True(outcome.Value.Refused > 0, outcome.Key));
    }

    /// <summary>A message of one of each, in the order of reading.</summary>
    [Fact]
    public void Every_prefix_of_a_message_is_too_short_and_nothing_else()
    {
        var message = Codec.Write((ref MessagePackWriter writer) =>
        {
            writer.WriteArrayHeader(9);
            writer.Write(ulong.MaxValue);
            writer.Write(long.MinValue);
            writer.Write(70_000U);
            writer.Write(1.5f);
            writer.Write(2.5);
            writer.Write(true);
            writer.Write("some text");
            writer.WriteMapHeader(1);
            writer.WriteNil();
            writer.Write(short.MinValue);
            writer.Write(new byte[300]);
        });

        Assert.True(Codec.Read(message, ReadMessage));
        for (var length = 0; length < message.Length; length++)
        {
            var prefix = message.AsMemory(0, length);
            Assert.Throws<EndOfStreamException>(() => Codec.Read(prefix, ReadMessage));
            Assert.Throws<EndOfStreamException>(() => Codec.ReadSegmented(prefix.ToArray(), 3, ReadMessage));
        }
    }

    [Fact]
    public void Nothing_can_be_read_from_no_bytes()
    {
        foreach (var (_, read) in Reads.All)
        {
            Codec.Throws<EndOfStreamException, bool>([], read);
        }

        Codec.Throws<EndOfStreamException, byte>([], (ref MessagePackReader reader) => reader.NextCode);
        Codec.Throws<EndOfStreamException, bool>([], (ref MessagePackReader reader) => reader.IsNil);
        var none = default(MessagePackReader);
        Assert.True(none.End);
    }

    private static (int Read, int Refused, int Short) Count(
        (int Read, int Refused, int Short) counts, in ReadOnlySequence<byte> bytes, string name, ReadFunction<bool> read)
    {
        var reader = new MessagePackReader(bytes);
        try
        {
            read(ref reader);
            Assert.InRange(reader.Consumed, 0, bytes.Length);
            return counts with { Read = counts.Read + 1 };
        }
        catch (MessagePackSerializationException)
        {
            Assert.Equal(0, reader.Consumed);
            return counts with { Refused = counts.Refused + 1 };
        }
        catch (EndOfStreamException)
        {
            Assert.Equal(0, reader.Consumed);
            return counts with { Short = counts.Short + 1 };
        }
        catch (Exception exception)
        {
            Assert.Fail($"{name} of {Convert.ToHexString(bytes.ToArray())}: {exception}");
            throw;
        }
    }

    private static bool ReadMessage(ref MessagePackReader reader)
    {
        reader.ReadArrayHeader();
        reader.ReadUInt64();
        reader.ReadInt64();
        reader.ReadUInt32();
        reader.ReadSingle();
        reader.ReadDouble();
        reader.ReadBoolean();
        reader.ReadString();
        reader.ReadMapHeader();
        reader.ReadNil();
        reader.ReadInt16();
        return reader.ReadBytes()!.Value.Length == 300;
    }
}
