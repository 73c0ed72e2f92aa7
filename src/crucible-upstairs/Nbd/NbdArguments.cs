using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>The options of <c>nbd</c>; what the command line leaves open a file may say.</summary>
internal sealed class NbdArguments
{
    /// <summary>Each costs a thread.</summary>
    public const int MostConnections = 16_384;

    /// <summary>What the protocol allows for names and descriptions.</summary>
    public const int MostNameBytes = 4096;

    private const int DefaultConnections = 1024;

    private static readonly TimeSpan DefaultHandshakeTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan DefaultSendTimeout = TimeSpan.FromMinutes(5);

    private readonly Option<string> _socket = new("--socket") { Description = "The unix socket to serve on (mode 0600); a stale one is replaced.", HelpName = "PATH" };

    private readonly Option<ControlAddress?> _listen = new("--listen")
    {
        CustomParser = ParseListen,
        Description = "The address to serve on over TCP; port 0 takes a free one and prints it.",
        HelpName = "HOST:PORT",
    };

    private readonly Option<string> _export = new("--export") { Description = "A name for the export, beside the empty one.", HelpName = "NAME" };

    private readonly Option<string> _description = new("--description") { Description = "A line that clients are shown.", HelpName = "TEXT" };

    private readonly Option<string> _config = new("--config") { Description = "Serve the volumes that a TOML file names (docs/nbd.md); options given here win.", HelpName = "FILE.toml" };

    private readonly Option<string> _run = new("--run")
    {
        Description = "Serve while the shell runs CMD, with $uri, $unixsocket, $port and $exportname set, and end with its status.",
        HelpName = "CMD",
    };

    private readonly Option<string> _pidFile = new("--pid-file") { Description = "Write the process id to FILE once it serves; removed at the end.", HelpName = "FILE" };

    private readonly Option<int?> _maxConnections = new("--max-connections") { Description = "Most connections at a time. [default: 1024]", HelpName = "N" };

    private readonly Option<TimeSpan?> _handshakeTimeout = new("--handshake-timeout")
    {
        CustomParser = argument => Duration.FromArgument(argument),
        Description = "A client that uses no export after so long is closed. [default: 10s]",
        HelpName = "TIME",
    };

    private readonly Option<TimeSpan?> _sendTimeout = new("--send-timeout")
    {
        CustomParser = argument => Duration.FromArgument(argument),
        Description = "A client that takes not a byte of the replies that wait for it in so long is closed; 0: never. [default: 5m]",
        HelpName = "TIME",
    };

    private readonly Option<NbdTlsMode?> _tls = new("--tls")
    {
        CustomParser = argument => Choice.FromArgument<NbdTlsMode>(argument),
        Description = "off, on (clients may) or require (clients must). [default: off]",
        HelpName = "off|on|require",
    };

    private readonly Option<string> _certificates = new("--tls-certificates")
    {
        Description = "The directory with server-cert.pem, server-key.pem and, to verify clients, ca-cert.pem.",
        HelpName = "DIR",
    };

    private readonly Option<bool> _verifyPeer = new("--tls-verify-peer") { Description = "Clients need a certificate that ca-cert.pem signed." };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[]
        {
            _socket, _listen, _export, _description, _config, _run, _pidFile, _maxConnections, _handshakeTimeout, _sendTimeout, _tls, _certificates, _verifyPeer,
        })
        {
            command.Add(option);
        }
    }

    /// <summary>What the user chose.</summary>
    /// <exception cref="UsageException">Options or the file make no sense; nothing was opened.</exception>
    public NbdOptions Bind(ParseResult parse, CommonArguments common)
    {
        var file = parse.GetValue(_config) is { } path ? NbdConfiguration.Read(path) : null;
        var session = common.Bind(parse, needsTargets: file is null) with { InlineCompletions = true };
        session = session with
        {
            Ack = session.ChosenAck ?? AckMode.Quorum,
            Control = session.Control ?? file?.Control,
            RequestTimeout = session.ChosenRequestTimeout ?? file?.RequestTimeout ?? SessionOptions.DefaultRequestTimeout,
        };
        var options = new NbdOptions
        {
            Exports = file is null ? [OwnExport(parse, session)] : Exports(parse, session, file),
            DefaultExport = file is null ? parse.GetValue(_export) : null,
            Socket = parse.GetValue(_socket) ?? file?.Socket,
            Listen = parse.GetValue(_listen) ?? file?.Listen,
            Run = parse.GetValue(_run),
            PidFile = parse.GetValue(_pidFile) ?? file?.PidFile,
            MaxConnections = parse.GetValue(_maxConnections) ?? file?.MaxConnections ?? DefaultConnections,
            HandshakeTimeout = parse.GetValue(_handshakeTimeout) ?? file?.HandshakeTimeout ?? DefaultHandshakeTimeout,
            SendTimeout = parse.GetValue(_sendTimeout) ?? file?.SendTimeout ?? DefaultSendTimeout,
            Tls = new NbdTlsChoice(
                parse.GetValue(_tls) ?? file?.Tls ?? NbdTlsMode.Off,
                parse.GetValue(_certificates) ?? file?.Certificates,
                parse.GetValue(_verifyPeer) || file?.VerifyPeer == true),
            Session = session,
        };
        Check(options);
        return options;
    }

    /// <summary>Where a value says how long it may be.</summary>
    public static bool IsTooLong(string text) => System.Text.Encoding.UTF8.GetByteCount(text) > MostNameBytes;

    private static void Check(NbdOptions options)
    {
        if (options.MaxConnections is < 1 or > MostConnections)
        {
            throw new UsageException(string.Create(
                CultureInfo.InvariantCulture, $"--max-connections must be from 1 to {MostConnections}, not {options.MaxConnections}"));
        }

        if (options.HandshakeTimeout <= TimeSpan.Zero || options.HandshakeTimeout > TimeSpan.FromDays(1))
        {
            throw new UsageException("--handshake-timeout must be longer than 0, and at most 1d");
        }

        if (options.SendTimeout < TimeSpan.Zero || options.SendTimeout > TimeSpan.FromDays(1))
        {
            throw new UsageException("--send-timeout must be 0 or longer, and at most 1d");
        }

        if (options.Exports.FirstOrDefault(e => IsTooLong(e.Name) || IsTooLong(e.Description)) is not null)
        {
            throw new UsageException($"a name or a description of an export is longer than {MostNameBytes} bytes");
        }

        switch (options.Tls)
        {
            case { Mode: NbdTlsMode.Off, Certificates: not null } or { Mode: NbdTlsMode.Off, VerifyPeer: true }:
                throw new UsageException("certificates are of no use without --tls on or --tls require");
            case { Mode: not NbdTlsMode.Off, Certificates: null }:
                throw new UsageException("--tls needs --tls-certificates DIR with server-cert.pem and server-key.pem in it");
        }
    }

    private NbdExportOptions OwnExport(ParseResult parse, SessionOptions session) =>
        new(parse.GetValue(_export) ?? "", parse.GetValue(_description) ?? "", session);

    private IReadOnlyList<NbdExportOptions> Exports(ParseResult parse, SessionOptions session, NbdConfiguration file)
    {
        if (session.Targets.Count > 0 || session.Generation != 0 || parse.GetValue(_export) is not null || parse.GetValue(_description) is not null)
        {
            throw new UsageException("with --config the file names the volumes: leave out --target, --gen, --export and --description");
        }

        return [.. file.Exports.Select(export => export.Over(session))];
    }

    private static ControlAddress? ParseListen(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (ControlAddress.TryParse(text, out var address))
        {
            return address;
        }

        argument.AddError($"--listen: '{text}' is not host:port, such as 127.0.0.1:10809, 0.0.0.0:10809 or 127.0.0.1:0");
        return null;
    }
}
