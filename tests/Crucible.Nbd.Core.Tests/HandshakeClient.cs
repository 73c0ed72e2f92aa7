using System.Buffers;

namespace Crucible.Nbd.Tests;

/// <summary>Feeds a handshake and keeps what it answers.</summary>
internal sealed class HandshakeClient
{
    public static readonly NbdExportInfo Disk = new("disk", "a disk", 1 << 20, 512, ReadOnly: false);
    public static readonly NbdExportInfo Archive = new("archive", string.Empty, 1 << 30, 65536, ReadOnly: true);

    private readonly ArrayBufferWriter<byte> _output = new();
    private byte[] _left = [];

    public HandshakeClient(NbdTlsPolicy tls = NbdTlsPolicy.Off, NbdExportInfo[]? exports = null, string? defaultExport = "disk") =>
        Handshake = new NbdHandshake(new NbdExportList(exports ?? [Disk, Archive], defaultExport), tls);

    public NbdHandshake Handshake { get; }

    /// <summary>What was sent and not taken.</summary>
    public byte[] Left => _left;

    /// <summary>A client that has sent its flags.</summary>
    public static HandshakeClient Begun(uint flags = 3, NbdTlsPolicy tls = NbdTlsPolicy.Off)
    {
        var client = new HandshakeClient(tls);
        Assert.Empty(client.Send(Bytes.U32(flags)));
        return client;
    }

    /// <summary>Sends bytes; tells what is answered.</summary>
    public byte[] Send(params byte[][] parts)
    {
        _left = [.. _left, .. Bytes.Join(parts)];
        _output.Clear();
        var taken = Handshake.Receive(_left, _output);
        _left = _left[taken..];
        return _output.WrittenSpan.ToArray();
    }
}
