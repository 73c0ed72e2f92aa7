using System.Buffers;
using System.Globalization;
using System.Text;

namespace MessagePack.Tests;

/// <summary>Writes, reads and makes up values told in the lines of <see cref="PythonPeer"/>.</summary>
internal static class ToldValues
{
    private static readonly int[] Lengths = [0, 1, 15, 16, 31, 32, 255, 256, 65535, 65536];

    /// <summary>Both sides of every boundary of every type.</summary>
    public static List<string> Boundaries()
    {
        List<string> lines = ["nil", "true", "false"];
        for (var bit = 0; bit <= 64; bit++)
        {
            var power = (Int128)1 << bit;
            Int128[] near = [power - 1, power, power + 1, -power + 1, -power, -power - 1];
            lines.AddRange(near
                .Where(value => value >= long.MinValue && value <= ulong.MaxValue)
                .Select(value => string.Create(CultureInfo.InvariantCulture, $"int {value}")));
        }

        lines.AddRange(new[] { 0d, -0d, 1.5, double.Epsilon, double.MaxValue, double.NegativeInfinity }.Select(Float));
        foreach (var length in Lengths)
        {
            lines.Add("str " + Convert.ToHexStringLower(Encoding.UTF8.GetBytes(new string('s', length))));
            lines.Add("bin " + Convert.ToHexStringLower(new byte[length]));
            lines.Add($"array {length}");
            lines.AddRange(Enumerable.Repeat("nil", length));
            lines.Add($"map {length}");
            lines.AddRange(Enumerable.Range(0, length).SelectMany(key => new[] { $"int {key}", "true" }));
        }

        return lines;
    }

    public static List<string> Random(int seed, int count)
    {
        var random = new Random(seed);
        var lines = new List<string>();
        for (var i = 0; i < count; i++)
        {
            AddRandom(lines, random, depth: 0);
        }

        return lines;
    }

    public static byte[] Write(IEnumerable<string> lines) => Codec.Write((ref MessagePackWriter writer) =>
    {
        foreach (var line in lines)
        {
            Write(ref writer, line);
        }
    });

    public static List<string> Read(in ReadOnlySequence<byte> bytes)
    {
        var lines = new List<string>();
        var reader = new MessagePackReader(bytes);
        while (!reader.End)
        {
            lines.Add(Read(ref reader));
        }

        return lines;
    }

    private static void Write(ref MessagePackWriter writer, string line)
    {
        var parts = line.Split(' ', 2);
        switch (parts[0])
        {
            case "nil":
                writer.WriteNil();
                break;
            case "true" or "false":
                writer.Write(parts[0] == "true");
                break;
            case "int" when parts[1][0] == '-':
                writer.Write(long.Parse(parts[1], CultureInfo.InvariantCulture));
                break;
            case "int":
                writer.Write(ulong.Parse(parts[1], CultureInfo.InvariantCulture));
                break;
            case "f64":
                writer.Write(BitConverter.Int64BitsToDouble(Convert.ToInt64(parts[1], 16)));
                break;
            case "str":
                writer.Write(Encoding.UTF8.GetString(Convert.FromHexString(parts[1])));
                break;
            case "bin":
                writer.Write(Convert.FromHexString(parts[1]));
                break;
            case "array":
                writer.WriteArrayHeader(int.Parse(parts[1], CultureInfo.InvariantCulture));
                break;
            case "map":
                writer.WriteMapHeader(int.Parse(parts[1], CultureInfo.InvariantCulture));
                break;
            default:
                throw new ArgumentException(line);
        }
    }

    private static string Read(ref MessagePackReader reader) => reader.NextMessagePackType switch
    {
        MessagePackType.Nil => reader.TryReadNil() ? "nil" : "",
        MessagePackType.Boolean => reader.ReadBoolean() ? "true" : "false",
        MessagePackType.Integer when reader.NextCode == MessagePackCode.UInt64 => $"int {reader.ReadUInt64()}",
        MessagePackType.Integer => string.Create(CultureInfo.InvariantCulture, $"int {reader.ReadInt64()}"),
        MessagePackType.Float => Float(reader.ReadDouble()),
        MessagePackType.String => "str " + Convert.ToHexStringLower(Encoding.UTF8.GetBytes(reader.ReadString()!)),
        MessagePackType.Binary => "bin " + Convert.ToHexStringLower(reader.ReadBytes()!.Value.ToArray()),
        MessagePackType.Array => $"array {reader.ReadArrayHeader()}",
        MessagePackType.Map => $"map {reader.ReadMapHeader()}",
        var type => throw new ArgumentException(type.ToString()),
    };

    private static void AddRandom(List<string> lines, Random random, int depth)
    {
        var bytes = new byte[random.Next(40)];
        random.NextBytes(bytes);
        switch (random.Next(depth < 5 ? 8 : 6))
        {
            case 0:
                lines.Add("nil");
                break;
            case 1:
                lines.Add(random.Next(2) == 0 ? "true" : "false");
                break;
            case 2:
                var value = random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
                lines.Add(string.Create(CultureInfo.InvariantCulture, $"int {value}"));
                break;
            case 3:
                lines.Add(Float(random.NextDouble()));
                break;
            case 4:
                lines.Add("str " + Convert.ToHexStringLower(Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(bytes))));
                break;
            case 5:
                lines.Add("bin " + Convert.ToHexStringLower(bytes));
                break;
            case var kind:
                var count = random.Next(20);
                lines.Add(kind == 6 ? $"array {count}" : $"map {count}");
                for (var i = 0; i < (kind == 6 ? count : 2 * count); i++)
                {
                    AddRandom(lines, random, depth + 3);
                }

                break;
        }
    }

    private static string Float(double value) =>
        "f64 " + BitConverter.DoubleToUInt64Bits(value).ToString("x16", CultureInfo.InvariantCulture);
}
