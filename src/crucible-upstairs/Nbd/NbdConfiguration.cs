using System.Text;
using Crucible.Hosting;
using Crucible.Toml;

namespace Crucible.Upstairs.Program;

/// <summary>What a configuration file says (docs/nbd.md has its keys); null where it says nothing.</summary>
internal sealed record NbdConfiguration
{
    /// <summary>A file this long is none of ours.</summary>
    private const int MostBytes = 1 << 20;

    public string? Socket { get; private init; }

    public ControlAddress? Listen { get; private init; }

    public ControlAddress? Control { get; private init; }

    public string? PidFile { get; private init; }

    public int? MaxConnections { get; private init; }

    public TimeSpan? HandshakeTimeout { get; private init; }

    public TimeSpan? SendTimeout { get; private init; }

    public TimeSpan? RequestTimeout { get; private init; }

    public NbdTlsMode? Tls { get; private init; }

    public string? Certificates { get; private init; }

    public bool? VerifyPeer { get; private init; }

    public required IReadOnlyList<ConfiguredExport> Exports { get; init; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="UsageException">It can't be read, or is wrong; the message tells file, line and column.</exception>
    public static NbdConfiguration Read(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length > MostBytes)
            {
                throw new UsageException($"--config: {path} is longer than {ByteSize.Format(MostBytes)}");
            }

            return Parse(File.ReadAllText(path, new UTF8Encoding(false, throwOnInvalidBytes: true)));
        }
        catch (TomlException e)
        {
            throw new UsageException($"{path}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new UsageException($"--config: {path} can't be read: {e.Message}", e);
        }
    }

    /// <exception cref="TomlException">It is wrong.</exception>
    internal static NbdConfiguration Parse(string text)
    {
        var root = TomlDocument.Parse(text);
        var tables = root.TakeTables("export");
        var configuration = new NbdConfiguration
        {
            Socket = root.TakeString("socket"),
            Listen = Address(root, "listen"),
            Control = Address(root, "control"),
            PidFile = root.TakeString("pid-file"),
            MaxConnections = (int?)root.TakeInteger("max-connections", 1, NbdArguments.MostConnections),
            HandshakeTimeout = Time(root, "handshake-timeout"),
            SendTimeout = Time(root, "send-timeout", orNone: true),
            RequestTimeout = Time(root, "request-timeout"),
            Tls = Word<NbdTlsMode>(root, "tls"),
            Certificates = root.TakeString("tls-certificates"),
            VerifyPeer = root.TakeBoolean("tls-verify-peer"),
            Exports = [.. tables.Select(ExportOf)],
        };
        root.RefuseOthers();
        CheckNames(configuration.Exports, tables);
        return configuration.Exports.Count > 0
            ? configuration
            : throw new TomlException(root.Position, "there is no [[export]]");
    }

    private static void CheckNames(IReadOnlyList<ConfiguredExport> exports, IReadOnlyList<TomlTable> tables)
    {
        for (var i = 0; i < exports.Count; i++)
        {
            for (var earlier = 0; earlier < i; earlier++)
            {
                if (exports[earlier].Name == exports[i].Name)
                {
                    throw new TomlException(tables[i].PositionOf("name"), $"another export is called '{exports[i].Name}' already");
                }
            }
        }
    }

    private static ConfiguredExport ExportOf(TomlTable table)
    {
        var export = new ConfiguredExport
        {
            Name = Named(table, "name") ?? "",
            Description = Named(table, "description") ?? "",
            Targets = TargetsOf(table),
            ReadOnly = table.TakeBoolean("read-only"),
            Ack = Word<AckMode>(table, "ack"),
            Generation = (ulong?)table.TakeInteger("generation", 1) ?? 0,
            KeyFile = table.TakeString("key-file"),
        };
        table.RefuseOthers();
        return export;
    }

    private static string? Named(TomlTable table, string key) => table.TakeString(key) is { } text && NbdArguments.IsTooLong(text)
        ? throw new TomlException(table.PositionOf(key), $"{key} is longer than {NbdArguments.MostNameBytes} bytes")
        : table.TakeString(key);

    private static IReadOnlyList<TargetAddress> TargetsOf(TomlTable table)
    {
        var texts = table.TakeStrings("targets");
        if (texts?.Count != ReplicaId.Count)
        {
            throw new TomlException(table.PositionOf("targets"), $"an export needs targets, {ReplicaId.Count} of them, each \"host:port\"");
        }

        return [.. texts.Select(text => TargetAddress.TryParse(text, out var target)
            ? target
            : throw new TomlException(table.PositionOf("targets"), $"'{text}' is not host:port, such as 127.0.0.1:3801 or [::1]:3801"))];
    }

    private static ControlAddress? Address(TomlTable table, string key)
    {
        if (table.TakeString(key) is not { } text)
        {
            return null;
        }

        return ControlAddress.TryParse(text, out var address)
            ? address
            : throw new TomlException(table.PositionOf(key), $"{key}: '{text}' is not host:port, such as 127.0.0.1:10809");
    }

    private static TimeSpan? Time(TomlTable table, string key, bool orNone = false)
    {
        if (table.TakeString(key) is not { } text)
        {
            return null;
        }

        return Duration.TryParse(text, out var time, out var error) && (time > TimeSpan.Zero || orNone)
            ? time
            : throw new TomlException(table.PositionOf(key), $"{key}: {error ?? "must be longer than 0"}");
    }

    private static T? Word<T>(TomlTable table, string key)
        where T : struct, Enum
    {
        if (table.TakeString(key) is not { } text)
        {
            return null;
        }

        foreach (var value in Enum.GetValues<T>())
        {
            if (value.ToString().Equals(text, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        throw new TomlException(
            table.PositionOf(key), $"{key} must be {string.Join(" or ", Enum.GetNames<T>()).ToLowerInvariant()}, not '{text}'");
    }
}

/// <summary>One <c>[[export]]</c>.</summary>
internal sealed record ConfiguredExport
{
    public required string Name { get; init; }

    public required string Description { get; init; }

    public required IReadOnlyList<TargetAddress> Targets { get; init; }

    public bool? ReadOnly { get; init; }

    public AckMode? Ack { get; init; }

    public ulong Generation { get; init; }

    public string? KeyFile { get; init; }

    /// <summary>The export, with what the command line says of all volumes where it says nothing itself.</summary>
    public NbdExportOptions Over(SessionOptions session) => new(Name, Description, session with
    {
        Targets = Targets,
        ReadOnly = session.ReadOnly || ReadOnly == true,
        Ack = session.ChosenAck ?? Ack ?? session.Ack,
        Generation = Generation,
        KeyFile = KeyFile ?? session.KeyFile,
    });
}
