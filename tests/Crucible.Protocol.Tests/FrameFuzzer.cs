namespace Crucible.Protocol.Tests;

/// <summary>Seeded mutations of valid frames, most of them with a prefix that proves them, so that they reach the fields.</summary>
internal sealed class FrameFuzzer(int seed, Sample[] samples)
{
    private static readonly byte[] Telling =
        [0x00, 0x7f, 0x80, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc4, 0xc5, 0xc6, 0xcc, 0xcd, 0xce, 0xcf, 0xd3, 0xd9, 0xdb, 0xdc, 0xdd, 0xff];

    private readonly Random _random = new(seed);
    private readonly byte[][] _frames = [.. samples.Select(sample => sample.Encode())];

    /// <summary>The next input: what a socket might deliver where a frame should begin.</summary>
    public byte[] Next()
    {
        var frame = _frames[_random.Next(_frames.Length)];
        var prefix = FramePrefix.Read(frame);
        var header = frame.AsSpan(FramePrefix.SizeBytes, prefix.HeaderBytes).ToArray();
        var payload = frame.AsSpan(FramePrefix.SizeBytes + prefix.HeaderBytes);
        var tail = prefix.PayloadBytes == 0 ? [] : header[^TailBytes(prefix.PayloadBytes)..];
        for (var i = _random.Next(4); i >= 0; i--)
        {
            header = Mutate(header);
        }

        if (_random.Next(4) == 0)
        {
            // The payload's own header stays whole, whatever lies before it.
            header = [.. header[..Math.Min(header.Length, _random.Next(6))], .. tail];
        }

        if (header.Length == 0)
        {
            header = [0x91];
        }

        if (_random.Next(8) == 0)
        {
            payload = payload[.._random.Next(payload.Length + 1)];
        }

        var mutated = Frames.Wrap(header, payload);
        if (_random.Next(8) == 0)
        {
            mutated[_random.Next(FramePrefix.SizeBytes)] ^= (byte)(1 << _random.Next(8));
        }

        return mutated;
    }

    private static int TailBytes(uint payload) => payload switch { <= byte.MaxValue => 2, <= ushort.MaxValue => 3, _ => 5 };

    private byte[] Mutate(byte[] header)
    {
        if (header.Length == 0)
        {
            return [0x91];
        }

        var at = _random.Next(header.Length);
        switch (_random.Next(7))
        {
            case 0:
                header[at] ^= (byte)(1 << _random.Next(8));
                return header;
            case 1:
                header[at] = Telling[_random.Next(Telling.Length)];
                return header;
            case 2:
                return [.. header[..at], Telling[_random.Next(Telling.Length)], .. header[at..]];
            case 3:
                return header.Length > 1 ? [.. header[..at], .. header[(at + 1)..]] : header;
            case 4:
                return at > 0 ? header[..at] : header;
            case 5:
                var other = _frames[_random.Next(_frames.Length)].AsSpan(FramePrefix.SizeBytes);
                return [.. header[..at], .. other[.._random.Next(Math.Min(other.Length, 64))]];
            default:
                var noise = new byte[_random.Next(32) + 1];
                _random.NextBytes(noise);
                return [.. header[..at], .. noise];
        }
    }
}
