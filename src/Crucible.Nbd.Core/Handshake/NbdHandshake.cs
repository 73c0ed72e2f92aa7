using System.Buffers;
using System.Buffers.Binary;

namespace Crucible.Nbd;

/// <summary>
/// The server's side of a fixed newstyle handshake. The engine hands in what has arrived and sends what was written.
/// </summary>
/// <remarks>
/// <code>
///  ClientFlags ──► Options ◄──► Skipping (an option's long data)
///      │            │ ▲ │
///      │   STARTTLS ▼ │ │ GO, EXPORT_NAME
///      │       StartTls └──────────────────► Transmission
///      └──► Closed ◄── ABORT, or an offence that can't be answered
/// </code>
/// What an option does is forgotten with STARTTLS: nothing that was agreed in the clear holds under TLS.
/// </remarks>
public sealed class NbdHandshake
{
    private const int OptionHeaderBytes = 16;

    private readonly NbdExportList _exports;
    private readonly NbdTlsPolicy _tls;
    private readonly ContextSelection _contexts = new();
    private NbdClientFlags _clientFlags;
    private NbdReplyMode _replies;
    private bool _encrypted;
    private int _options;
    private uint _skippedOption;
    private uint _skipBytes;

    public NbdHandshake(NbdExportList exports, NbdTlsPolicy tls)
    {
        _exports = exports;
        _tls = tls;
    }

    /// <summary>How far it is.</summary>
    public NbdHandshakeState State { get; private set; }

    /// <summary>What was agreed; set in <see cref="NbdHandshakeState.Transmission"/>.</summary>
    public NbdSession? Session { get; private set; }

    /// <summary>Why it closed, in words; empty where the client wanted to.</summary>
    public string CloseReason { get; private set; } = string.Empty;

    /// <summary>Writes what the server says first.</summary>
    public static void Greet(IBufferWriter<byte> output) => OptionReplies.WriteGreeting(output);

    /// <summary>
    /// Takes whole messages off what has arrived, as long as the state is one of the first three. What is left belongs in
    /// front of the next call; an input of <see cref="NbdLimits.MaxOptionBytes"/> + 16 always gets it further.
    /// </summary>
    /// <param name="input">What has arrived and was not taken yet.</param>
    /// <param name="output">Where answers go.</param>
    /// <returns>Bytes taken.</returns>
    public int Receive(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        var taken = 0;
        while (true)
        {
            var step = State switch
            {
                NbdHandshakeState.ClientFlags => TakeClientFlags(input[taken..]),
                NbdHandshakeState.Options => TakeOption(input[taken..], output),
                NbdHandshakeState.Skipping => Skip(input[taken..], output),
                _ => 0,
            };
            taken += step;
            if (State == NbdHandshakeState.StartTls && taken < input.Length)
            {
                // Whoever put bytes between here and the TLS handshake wants them taken for the client's.
                Close("bytes in the clear after STARTTLS");
            }

            if (step == 0)
            {
                return taken;
            }
        }
    }

    /// <summary>The connection is one of TLS now: options begin anew.</summary>
    public void OnTlsEstablished()
    {
        Invariant.Require(State == NbdHandshakeState.StartTls);
        _encrypted = true;
        _replies = NbdReplyMode.Simple;
        _contexts.Clear();
        State = NbdHandshakeState.Options;
    }

    private int TakeClientFlags(ReadOnlySpan<byte> input)
    {
        if (input.Length < 4)
        {
            return 0;
        }

        _clientFlags = (NbdClientFlags)BinaryPrimitives.ReadUInt32BigEndian(input);
        if ((_clientFlags & ~(NbdClientFlags.FixedNewstyle | NbdClientFlags.NoZeroes)) != 0)
        {
            Close($"unknown client flags {(uint)_clientFlags:x}");
        }
        else
        {
            State = NbdHandshakeState.Options;
        }

        return 4;
    }

    private int TakeOption(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        if (input.Length >= 8 && BinaryPrimitives.ReadUInt64BigEndian(input) != NbdMagic.Option)
        {
            Close("an option without its magic number");
            return 8;
        }

        if (input.Length < OptionHeaderBytes)
        {
            return 0;
        }

        var option = BinaryPrimitives.ReadUInt32BigEndian(input[8..]);
        var length = BinaryPrimitives.ReadUInt32BigEndian(input[12..]);
        if (WhyClose((NbdOption)option, length) is { } reason)
        {
            Close(reason);
            return OptionHeaderBytes;
        }

        if (length > NbdLimits.MaxOptionBytes)
        {
            _options++;
            (_skippedOption, _skipBytes) = (option, length);
            State = NbdHandshakeState.Skipping;
            return OptionHeaderBytes;
        }

        if (input.Length - OptionHeaderBytes < (int)length)
        {
            return 0;
        }

        _options++;
        Answer(option, input.Slice(OptionHeaderBytes, (int)length), output);
        return OptionHeaderBytes + (int)length;
    }

    // What can't be answered, or would be no end of work.
    private string? WhyClose(NbdOption option, uint length) => (option, length) switch
    {
        (_, > NbdLimits.MaxSkippedOptionBytes) => $"an option of {length} bytes",
        (NbdOption.ExportName, > NbdLimits.MaxStringBytes) => $"an export name of {length} bytes",
        _ when _options >= NbdLimits.MaxOptions => $"more than {NbdLimits.MaxOptions} options",
        _ when option != NbdOption.ExportName && !_clientFlags.HasFlag(NbdClientFlags.FixedNewstyle) =>
            $"option {(uint)option} of a client that does not know fixed newstyle",
        _ => null,
    };

    private int Skip(ReadOnlySpan<byte> input, IBufferWriter<byte> output)
    {
        var part = (int)Math.Min(_skipBytes, (uint)input.Length);
        _skipBytes -= (uint)part;
        if (_skipBytes == 0)
        {
            State = NbdHandshakeState.Options;
            if ((NbdOption)_skippedOption == NbdOption.Abort || !IsKnown(_skippedOption) || MustEncryptFirst((NbdOption)_skippedOption))
            {
                Answer(_skippedOption, default, output);
            }
            else
            {
                Refuse(output, _skippedOption, NbdOptionReply.ErrorTooBig, "the option's data is too long");
            }
        }

        return part;
    }

    private static bool IsKnown(uint option) => Enum.IsDefined((NbdOption)option);

    private bool MustEncryptFirst(NbdOption option) =>
        _tls == NbdTlsPolicy.Required && !_encrypted && option is not (NbdOption.StartTls or NbdOption.Abort);

    private void Answer(uint number, ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        var option = (NbdOption)number;
        if (MustEncryptFirst(option))
        {
            if (option == NbdOption.ExportName)
            {
                Close("EXPORT_NAME before TLS, which is required");
                return;
            }

            Refuse(output, number, NbdOptionReply.ErrorTlsRequired, "this server requires TLS");
            return;
        }

        switch (option)
        {
            case NbdOption.ExportName:
                AnswerExportName(data, output);
                break;
            case NbdOption.Abort:
                OptionReplies.Write(output, number, NbdOptionReply.Ack);
                Close(string.Empty);
                break;
            case NbdOption.Info or NbdOption.Go:
                AnswerInfo(option, data, output);
                break;
            case NbdOption.ListMetaContext or NbdOption.SetMetaContext:
                _contexts.Answer(option, data, _exports, _replies, output);
                break;
            case NbdOption.List or NbdOption.StartTls or NbdOption.StructuredReply or NbdOption.ExtendedHeaders:
                AnswerWithoutData(option, data, output);
                break;
            default:
                Refuse(output, number, NbdOptionReply.ErrorUnsupported, "unknown option");
                break;
        }
    }

    private void AnswerWithoutData(NbdOption option, ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        var number = (uint)option;
        if (!data.IsEmpty)
        {
            Refuse(output, number, NbdOptionReply.ErrorInvalid, "this option has no data");
            return;
        }

        switch (option)
        {
            case NbdOption.StartTls when _tls == NbdTlsPolicy.Off:
                Refuse(output, number, NbdOptionReply.ErrorPolicy, "this server does not speak TLS");
                return;
            case NbdOption.StartTls when _encrypted:
                Refuse(output, number, NbdOptionReply.ErrorInvalid, "this is TLS already");
                return;
            case NbdOption.StructuredReply when _replies == NbdReplyMode.Extended:
                Refuse(output, number, NbdOptionReply.ErrorExtendedHeadersRequired, "extended headers are in use");
                return;
            case NbdOption.StartTls:
                State = NbdHandshakeState.StartTls;
                break;
            case NbdOption.StructuredReply:
                _replies = NbdReplyMode.Structured;
                break;
            case NbdOption.ExtendedHeaders:
                _replies = NbdReplyMode.Extended;
                break;
            default:
                foreach (var export in _exports.Exports)
                {
                    OptionReplies.WriteServer(output, export);
                }

                break;
        }

        OptionReplies.Write(output, number, NbdOptionReply.Ack);
    }

    private void AnswerExportName(ReadOnlySpan<byte> name, IBufferWriter<byte> output)
    {
        if (_exports.Find(name) is not { } export)
        {
            Close("EXPORT_NAME of an export that is not there");
        }
        else if (_replies == NbdReplyMode.Extended)
        {
            Close("EXPORT_NAME with extended headers");
        }
        else
        {
            Begin(export, name);
            OptionReplies.WriteExportName(output, Session!, !_clientFlags.HasFlag(NbdClientFlags.NoZeroes));
        }
    }

    private void AnswerInfo(NbdOption option, ReadOnlySpan<byte> data, IBufferWriter<byte> output)
    {
        var number = (uint)option;
        var parts = new OptionData(data);
        var name = parts.TakeString();
        var wanted = 0;
        for (var left = parts.TakeUInt16(); left > 0 && !parts.Failed; left--)
        {
            var info = parts.TakeUInt16();
            wanted |= info <= (ushort)NbdInfo.BlockSize ? 1 << info : 0;
        }

        if (!parts.IsDone)
        {
            Refuse(output, number, NbdOptionReply.ErrorInvalid, "the option's data does not fit together");
            return;
        }

        if (_exports.Find(name) is not { } export)
        {
            Refuse(output, number, NbdOptionReply.ErrorUnknown, "no such export");
            return;
        }

        WriteInfos(output, number, export, wanted, _contexts.For(name));
        OptionReplies.Write(output, number, NbdOptionReply.Ack);
        if (option == NbdOption.Go)
        {
            Begin(export, name);
        }
    }

    private void WriteInfos(IBufferWriter<byte> output, uint option, NbdExportInfo export, int wanted, IReadOnlyList<NbdContext> contexts)
    {
        OptionReplies.WriteExportInfo(output, option, export, export.FlagsFor(_replies, contexts.Count > 0));
        if ((wanted & (1 << (int)NbdInfo.Name)) != 0)
        {
            OptionReplies.WriteTextInfo(output, option, NbdInfo.Name, export.Name);
        }

        if ((wanted & (1 << (int)NbdInfo.Description)) != 0 && export.Description.Length > 0)
        {
            OptionReplies.WriteTextInfo(output, option, NbdInfo.Description, export.Description);
        }

        if ((wanted & (1 << (int)NbdInfo.BlockSize)) != 0)
        {
            OptionReplies.WriteBlockSizeInfo(output, option, export);
        }
    }

    private void Begin(NbdExportInfo export, ReadOnlySpan<byte> name)
    {
        Session = new NbdSession(export, _replies, _contexts.For(name));
        State = NbdHandshakeState.Transmission;
    }

    private static void Refuse(IBufferWriter<byte> output, uint option, NbdOptionReply error, string text) =>
        OptionReplies.WriteError(output, option, error, text);

    private void Close(string reason)
    {
        CloseReason = reason;
        State = NbdHandshakeState.Closed;
    }
}
