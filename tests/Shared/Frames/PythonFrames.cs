using System.Diagnostics;

namespace Crucible.Tests.Shared;

/// <summary>Decodes frames with Debian's python3-msgpack, which knows nothing of our reader.</summary>
internal static class PythonFrames
{
    // Reads frames as the specification tells: the prefix, then one array whose last element is the payload.
    private const string Script = """
        import msgpack, struct, sys
        data = sys.stdin.buffer.read()
        at = 0
        while at < len(data):
            body, payload, crc = struct.unpack_from('<III', data, at)
            message = msgpack.unpackb(data[at + 12:at + 12 + body], raw=False)
            assert isinstance(message, list)
            if payload: assert message[-1] == data[at + 12 + body - payload:at + 12 + body], message[0]
            fields = message[1:-1] if payload else message[1:]
            print(message[0], payload, ' '.join(f.hex() if isinstance(f, bytes) else str(f).replace(' ', '') for f in fields))
            at += 12 + body
        """;

    /// <summary>
    /// One line a frame, in order: its kind, how many bytes its payload has, its fields. Fails where a frame is cut, is no list,
    /// or does not end with its payload.
    /// </summary>
    /// <param name="frames">Whole frames, back to back.</param>
    public static async Task<string[]> DecodeAsync(byte[] frames)
    {
        var start = new ProcessStartInfo(RequiresPythonModuleFactAttribute.Python, ["-c", Script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEndAsync();
        await process.StandardInput.BaseStream.WriteAsync(frames);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, await error);
        return (await output).Trim().Split('\n').Select(line => line.Trim()).ToArray();
    }
}
