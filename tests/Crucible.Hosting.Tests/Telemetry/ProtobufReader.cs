namespace Crucible.Hosting.Tests;

/// <summary>As much of protobuf's wire format as OTLP traces need: a message's length-delimited fields by number.</summary>
internal sealed class ProtobufReader
{
    private readonly List<(int Field, byte[] Bytes)> _fields = [];

    public ProtobufReader(ReadOnlySpan<byte> message)
    {
        while (!message.IsEmpty)
        {
            var tag = Varint(ref message);
            switch (tag & 7)
            {
                case 0:
                    Varint(ref message);
                    break;
                case 1:
                    message = message[8..];
                    break;
                case 2:
                    var length = (int)Varint(ref message);
                    _fields.Add(((int)(tag >> 3), message[..length].ToArray()));
                    message = message[length..];
                    break;
                case 5:
                    message = message[4..];
                    break;
                default:
                    throw new InvalidDataException($"wire type {tag & 7}");
            }
        }
    }

    public byte[]? Bytes(int field) => _fields.LastOrDefault(f => f.Field == field).Bytes;

    public string? Text(int field) => Bytes(field) is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes) : null;

    public IEnumerable<ProtobufReader> Messages(int field) =>
        _fields.Where(f => f.Field == field).Select(f => new ProtobufReader(f.Bytes));

    private static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = message[0];
            message = message[1..];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
