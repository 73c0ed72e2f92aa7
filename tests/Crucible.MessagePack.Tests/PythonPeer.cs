using System.Diagnostics;
using System.Text;
using Crucible.Tests.Shared;

namespace MessagePack.Tests;

/// <summary>
/// Debian's python3-msgpack at work on a stream of values, told as lines of text: <c>nil</c>, <c>true</c>, <c>int -5</c>,
/// <c>f64 3ff0000000000000</c>, <c>str 6869</c>, <c>bin 00ff</c>, and <c>array 2</c> or <c>map 1</c> followed by their
/// elements' lines.
/// </summary>
internal static class PythonPeer
{
    private const string UnpackScript = """
        import msgpack, struct, sys
        lines = []
        def tell(v):
            if v is None: lines.append('nil')
            elif v is True: lines.append('true')
            elif v is False: lines.append('false')
            elif isinstance(v, int): lines.append('int %d' % v)
            elif isinstance(v, float): lines.append('f64 ' + struct.pack('>d', v).hex())
            elif isinstance(v, str): lines.append('str ' + v.encode().hex())
            elif isinstance(v, bytes): lines.append('bin ' + v.hex())
            elif isinstance(v, Pairs):
                lines.append('map %d' % len(v))
                for key, value in v: tell(key); tell(value)
            else:
                lines.append('array %d' % len(v))
                for element in v: tell(element)
        class Pairs(list): pass
        unpacker = msgpack.Unpacker(raw=False, strict_map_key=False, object_pairs_hook=Pairs, max_buffer_size=0)
        unpacker.feed(sys.stdin.buffer.read())
        for value in unpacker: tell(value)
        sys.stdout.write('\n'.join(lines))
        """;

    private const string PackScript = """
        import msgpack, struct, sys
        packer = msgpack.Packer(use_bin_type=True)
        out = []
        for line in sys.stdin.buffer.read().decode().split('\n'):
            kind, _, value = line.partition(' ')
            if kind == 'nil': out.append(packer.pack(None))
            elif kind == 'true': out.append(packer.pack(True))
            elif kind == 'false': out.append(packer.pack(False))
            elif kind == 'int': out.append(packer.pack(int(value)))
            elif kind == 'f64': out.append(packer.pack(struct.unpack('>d', bytes.fromhex(value))[0]))
            elif kind == 'str': out.append(packer.pack(bytes.fromhex(value).decode()))
            elif kind == 'bin': out.append(packer.pack(bytes.fromhex(value)))
            elif kind == 'array': out.append(packer.pack_array_header(int(value)))
            elif kind == 'map': out.append(packer.pack_map_header(int(value)))
            else: raise ValueError(line)
        sys.stdout.buffer.write(b''.join(out))
        """;

    public static async Task<string[]> UnpackAsync(byte[] messages) =>
        Encoding.UTF8.GetString(await RunAsync(UnpackScript, messages)).Split('\n');

    public static Task<byte[]> PackAsync(IEnumerable<string> lines) =>
        RunAsync(PackScript, Encoding.UTF8.GetBytes(string.Join('\n', lines)));

    private static async Task<byte[]> RunAsync(string script, byte[] input)
    {
        var start = new ProcessStartInfo(RequiresPythonModuleFactAttribute.Python, ["-c", script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.BaseStream.WriteAsync(input);
        process.StandardInput.Close();
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output);
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return output.ToArray();
    }
}
