using System.Net;
using System.Text;
using Crucible.Nbd.Tests.Conformance.Peers;

namespace Crucible.Nbd.Tests.Conformance.Raw;

/// <summary>A client in the handshake phase: options and their replies.</summary>
internal sealed class Haggler : IAsyncDisposable
{
    public const uint Usual = Handshake.FixedNewstyle | Handshake.NoZeroes;

    private readonly uint _flags;

    private Haggler(RawConnection connection, uint flags)
    {
        _flags = flags;
        Connection = connection;
    }

    public RawConnection Connection { get; }

    /// <summary>Connects, checks the greeting, and answers it with these flags; byte by byte, if told so.</summary>
    public static Task<Haggler> BeginAsync(Export export, uint flags = Usual, bool isSlow = false) =>
        BeginAsync(export.Address, flags, isSlow);

    /// <summary>The same with a server that is no peer of the suite.</summary>
    public static async Task<Haggler> BeginAsync(EndPoint address, uint flags = Usual, bool isSlow = false)
    {
        var connection = await RawConnection.ConnectAsync(address);
        var greeting = await connection.ReceiveAsync(18);
        Assert.Equal(Numbers.Greeting, Bytes.U64(greeting, 0));
        Assert.Equal(Numbers.HaveOption, Bytes.U64(greeting, 8));
        await (isSlow ? connection.SendByteByByteAsync(Bytes.Of(flags)) : connection.SendAsync(Bytes.Of(flags)));
        return new Haggler(connection, flags);
    }

    public Task SendAsync(uint option, byte[]? data = null) => Connection.SendAsync(Bytes.ForOption(option, data));

    /// <summary>The next reply, which must be one to this option.</summary>
    public async Task<OptionReply> ReplyAsync(uint option)
    {
        var header = await Connection.ReceiveAsync(20);
        Assert.Equal(Numbers.OptionReply, Bytes.U64(header, 0));
        Assert.Equal(option, Bytes.U32(header, 8));
        var length = Bytes.U32(header, 16);
        Assert.InRange(length, 0u, 1u << 16);
        return new OptionReply(Bytes.U32(header, 12), await Connection.ReceiveAsync((int)length));
    }

    /// <summary>All replies to an option that was sent, the final one last.</summary>
    public async Task<IReadOnlyList<OptionReply>> RepliesAsync(uint option)
    {
        var replies = new List<OptionReply>();
        do
        {
            replies.Add(await ReplyAsync(option));
        }
        while (!replies[^1].IsFinal);
        return replies;
    }

    /// <summary>Sends an option and takes all its replies.</summary>
    public async Task<IReadOnlyList<OptionReply>> AskAsync(uint option, byte[]? data = null)
    {
        await SendAsync(option, data);
        return await RepliesAsync(option);
    }

    /// <summary>Sends an option that gets one reply and no other, and tells that one's type.</summary>
    public async Task<uint> AskForOneAsync(uint option, byte[]? data = null) => Assert.Single(await AskAsync(option, data)).Type;

    /// <summary>Sends an option that must be acknowledged.</summary>
    public async Task RequireAsync(uint option, byte[]? data = null) => Assert.Equal(Answered.Ack, (await AskAsync(option, data))[^1].Type);

    /// <summary>Selects metadata contexts of an export; tells the id of each by its name.</summary>
    public async Task<IReadOnlyDictionary<string, uint>> SelectAsync(string export, params string[] queries)
    {
        var replies = await AskAsync(Option.SetMetaContext, Bytes.ForContexts(export, queries));
        Assert.Equal(Answered.Ack, replies[^1].Type);
        return replies.SkipLast(1).ToDictionary(r => r.ContextName, r => Bytes.U32(r.Data, 0));
    }

    /// <summary>Goes on to transmission with GO; the export's usual name where none is told.</summary>
    public async Task<Client> GoAsync(string? name = null, ReplyStyle style = ReplyStyle.Simple)
    {
        var replies = await AskAsync(Option.Go, Bytes.ForGo(name ?? Export.Name));
        Assert.Equal(Answered.Ack, replies[^1].Type);
        var described = replies.Single(r => r.Type == Answered.Info && r.InfoType == Info.Export).Data;
        Assert.Equal(12, described.Length);
        return new Client(Connection, style, Bytes.U64(described, 2), (ExportFlags)Bytes.U16(described, 10));
    }

    /// <summary>Goes on to transmission with EXPORT_NAME, as old clients do.</summary>
    public async Task<Client> GoByExportNameAsync(string? name = null)
    {
        await SendAsync(Option.ExportName, Encoding.UTF8.GetBytes(name ?? Export.Name));
        var answer = await Connection.ReceiveAsync(10);
        if ((_flags & Handshake.NoZeroes) == 0)
        {
            Assert.Equal(new byte[124], await Connection.ReceiveAsync(124));
        }

        return new Client(Connection, ReplyStyle.Simple, Bytes.U64(answer, 0), (ExportFlags)Bytes.U16(answer, 8));
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}

/// <summary>One reply to an option.</summary>
internal sealed record OptionReply(uint Type, byte[] Data)
{
    public bool IsError => (Type & Answered.Error) != 0;

    public bool IsFinal => Type == Answered.Ack || IsError;

    /// <summary>Of an INFO reply: what it tells about.</summary>
    public ushort InfoType => Bytes.U16(Data, 0);

    /// <summary>Of a META_CONTEXT reply.</summary>
    public string ContextName => Encoding.UTF8.GetString(Data.AsSpan(4));

    /// <summary>Of a SERVER reply.</summary>
    public string ExportName => Encoding.UTF8.GetString(Data.AsSpan(4, (int)Bytes.U32(Data, 0)));
}
