using Crucible.Nbd.Tests.Conformance.Raw;

namespace Crucible.Nbd.Tests.Fuzz;

/// <summary>
/// Makes conversations as a client might send them, and spoils some of their messages: fields set to telling values, bits
/// flipped, messages cut, doubled, swapped and left out. The same seed makes the same ones.
/// </summary>
internal sealed class ConversationFuzzer(int seed, string export, ulong sizeBytes)
{
    private const int MostMessages = 12;
    private const int MostPayloadBytes = 8192;

    private static readonly ulong[] Telling =
    [
        0, 1, 2, 3, 511, 512, 4095, 4096, 4097, 1 << 15, (1 << 15) + 1, 1 << 16, 32 << 20, (32 << 20) + 1, 64 << 20, 1u << 31, uint.MaxValue,
        (ulong)uint.MaxValue + 1, long.MaxValue, ulong.MaxValue - 511, ulong.MaxValue,
    ];

    private static readonly string[] Queries = ["base:", "base:allocation", "crucible:", "crucible:replicas", "x-none:y", "", "::", "base:allocation:"];

    private readonly Random _random = new(seed);

    /// <summary>The client's flags and some options, perhaps followed by GO and requests.</summary>
    public byte[] Conversation()
    {
        var messages = new List<byte[]> { Bytes.Of(Chance(20) ? Word() : Haggler.Usual) };
        for (var i = _random.Next(4); i > 0; i--)
        {
            messages.Add(Option());
        }

        var isExtended = Chance(4);
        if (isExtended || Chance(2))
        {
            messages.Add(Bytes.ForOption(isExtended ? Conformance.Raw.Option.ExtendedHeaders : Conformance.Raw.Option.StructuredReply));
            messages.Add(Bytes.ForOption(Conformance.Raw.Option.SetMetaContext, Bytes.ForContexts(export, "base:allocation")));
        }

        messages.Add(Bytes.ForOption(Conformance.Raw.Option.Go, Bytes.ForGo(export, Info.BlockSize)));
        for (var i = _random.Next(MostMessages); i > 0; i--)
        {
            messages.Add(Request(isExtended));
        }

        return Spoil(messages);
    }

    /// <summary>A request, spoiled or not, in either form.</summary>
    public byte[] Request(bool isExtended)
    {
        var type = Chance(10) ? (ushort)_random.Next(ushort.MaxValue) : (ushort)_random.Next(8);
        var flags = (ushort)(Chance(4) ? 1 << _random.Next(16) : 0);
        var length = Chance(4) ? Number() : (ulong)_random.Next(MostPayloadBytes);
        var offset = Chance(4) ? Number() : (ulong)_random.NextInt64((long)sizeBytes);
        var hasPayload = type == Command.Write || (isExtended && Chance(10));
        var payload = hasPayload ? new byte[Math.Min(length, (ulong)_random.Next(MostPayloadBytes))] : [];
        if (hasPayload && Chance(2))
        {
            length = (ulong)payload.Length;
        }

        _random.NextBytes(payload);
        var cookie = (ulong)_random.Next(4);
        return isExtended
            ? Bytes.Of(
                Numbers.ExtendedRequest, (ushort)(flags | (hasPayload ? CommandFlag.HasPayload : 0)), type, cookie, offset, length, payload)
            : Bytes.Of(Numbers.Request, flags, type, cookie, offset, unchecked((uint)length), payload);
    }

    /// <summary>How the next piece of something is cut off.</summary>
    public int PieceOf(int length) => Chance(3) ? length : _random.Next(1, length + 1);

    private byte[] Option()
    {
        var option = Chance(8) ? Word() : (uint)_random.Next(1, 13);
        var name = Chance(4) ? new string('n', _random.Next(300)) : export;
        var data = option switch
        {
            Conformance.Raw.Option.Info or Conformance.Raw.Option.Go => Bytes.ForGo(name, [.. Some(5).Select(_ => (ushort)_random.Next(6))]),
            Conformance.Raw.Option.SetMetaContext or Conformance.Raw.Option.ListMetaContext =>
                Bytes.ForContexts(name, [.. Some(6).Select(_ => Queries[_random.Next(Queries.Length)])]),
            _ when Chance(5) => Bytes.Pattern(_random.Next(), _random.Next(2000)),
            _ => [],
        };
        return Bytes.ForOption(option, data);
    }

    private byte[] Spoil(List<byte[]> messages)
    {
        for (var i = _random.Next(3); i > 0; i--)
        {
            var at = _random.Next(messages.Count);
            switch (_random.Next(6))
            {
                case 0:
                    messages.Insert(at, messages[_random.Next(messages.Count)]);
                    break;
                case 1 when messages.Count > 1:
                    messages.RemoveAt(at);
                    break;
                case 2:
                    messages[at] = messages[at][.._random.Next(messages[at].Length + 1)];
                    break;
                case 3:
                    var other = _random.Next(messages.Count);
                    (messages[at], messages[other]) = (messages[other], messages[at]);
                    break;
                case 4:
                    SetField(messages, at);
                    break;
                default:
                    FlipBit(messages, at);
                    break;
            }
        }

        return Bytes.Of([.. messages]);
    }

    private void SetField(List<byte[]> messages, int at)
    {
        var field = Chance(2) ? Bytes.Of(Word()) : Bytes.Of(Number());
        var message = (byte[])messages[at].Clone();
        if (message.Length >= field.Length)
        {
            field.CopyTo(message, _random.Next(message.Length - field.Length + 1));
        }

        messages[at] = message;
    }

    private void FlipBit(List<byte[]> messages, int at)
    {
        var message = (byte[])messages[at].Clone();
        if (message.Length > 0)
        {
            message[_random.Next(message.Length)] ^= (byte)(1 << _random.Next(8));
        }

        messages[at] = message;
    }

    private ulong Number() => Chance(4) ? sizeBytes + (ulong)_random.Next(1024) - 512 : Telling[_random.Next(Telling.Length)];

    private uint Word() => unchecked((uint)Number());

    private IEnumerable<int> Some(int most) => Enumerable.Range(0, _random.Next(most));

    private bool Chance(int outOf) => _random.Next(outOf) == 0;
}
