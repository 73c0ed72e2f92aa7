using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace MessagePack.Tests;

public sealed class RoundTripTests
{
    [Fact]
    public void Any_signed_integer_comes_back() =>
        Prop.ForAll<DoNotSize<long>, byte, byte>((number, shift, segmentBytes) =>
        {
            var value = number.Item >> (shift % 64);
            var bytes = Codec.Write((ref MessagePackWriter writer) => writer.Write(value));
            return value == Codec.ReadSegmented(
                bytes, 1 + (segmentBytes % 10), (ref MessagePackReader reader) => reader.ReadInt64());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Fact]
    public void Any_unsigned_integer_comes_back() =>
        Prop.ForAll<DoNotSize<ulong>, byte, byte>((number, shift, segmentBytes) =>
        {
            var value = number.Item >> (shift % 64);
            var bytes = Codec.Write((ref MessagePackWriter writer) => writer.Write(value));
            return value == Codec.ReadSegmented(
                bytes, 1 + (segmentBytes % 10), (ref MessagePackReader reader) => reader.ReadUInt64());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Fact]
    public void Any_float_comes_back_bit_by_bit() =>
        Prop.ForAll<DoNotSize<long>, DoNotSize<int>>((wide, narrow) =>
        {
            var bytes = Codec.Write((ref MessagePackWriter writer) =>
            {
                writer.Write(BitConverter.Int64BitsToDouble(wide.Item));
                writer.Write(BitConverter.Int32BitsToSingle(narrow.Item));
            });
            return Codec.Read(bytes, (ref MessagePackReader reader) =>
                BitConverter.DoubleToInt64Bits(reader.ReadDouble()) == wide.Item
                && BitConverter.SingleToInt32Bits(reader.ReadSingle()) == narrow.Item);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));

    [Fact]
    public void Any_bytes_and_text_come_back_from_any_segments() =>
        Prop.ForAll<byte[], UnicodeString, byte>((data, text, segmentBytes) =>
        {
            // Generated text has lone surrogates, which no UTF-8 can hold.
            var expected = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Item));
            var bytes = Codec.Write((ref MessagePackWriter writer) =>
            {
                writer.Write(data);
                writer.Write(text.Item);
            });
            return Codec.ReadSegmented(bytes, 1 + (segmentBytes % 40), (ref MessagePackReader reader) =>
                reader.ReadBytes()!.Value.ToArray().AsSpan().SequenceEqual(data) && reader.ReadString() == expected);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
}
