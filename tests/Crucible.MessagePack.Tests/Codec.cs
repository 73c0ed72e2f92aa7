using System.Buffers;

namespace MessagePack.Tests;

internal delegate void WriteAction(ref MessagePackWriter writer);

internal delegate T ReadFunction<out T>(ref MessagePackReader reader);

/// <summary>Runs a writer or a reader over whole byte arrays; lambdas can't capture ref structs.</summary>
internal static class Codec
{
    public static byte[] Write(WriteAction write)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(output);
        write(ref writer);
        writer.Flush();
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Reads one value and demands that it was all there was.</summary>
    public static T Read<T>(ReadOnlyMemory<byte> bytes, ReadFunction<T> read)
    {
        var reader = new MessagePackReader(bytes);
        var value = read(ref reader);
        Assert.True(reader.End);
        Assert.Equal(bytes.Length, reader.Consumed);
        return value;
    }

    /// <summary>The same out of segments of <paramref name="segmentBytes"/> each.</summary>
    public static T ReadSegmented<T>(byte[] bytes, int segmentBytes, ReadFunction<T> read)
    {
        var reader = new MessagePackReader(Segments.Split(bytes, segmentBytes));
        var value = read(ref reader);
        Assert.True(reader.End);
        Assert.Equal(bytes.Length, reader.Consumed);
        return value;
    }

    /// <summary>Demands the exception and that the failed read consumed nothing.</summary>
    public static void Throws<TException, T>(byte[] bytes, ReadFunction<T> read)
        where TException : Exception
    {
        AssertThrows<TException, T>(new ReadOnlySequence<byte>(bytes), read);
        AssertThrows<TException, T>(Segments.Split(bytes, 1), read);
    }

    public static byte[] Hex(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static void AssertThrows<TException, T>(in ReadOnlySequence<byte> bytes, ReadFunction<T> read)
        where TException : Exception
    {
        var reader = new MessagePackReader(bytes);
        Exception? thrown = null;
        try
        {
            read(ref reader);
        }
        catch (Exception exception)
        {
            thrown = exception;
        }

        Assert.IsType<TException>(thrown);
        Assert.Equal(0, reader.Consumed);
    }
}
