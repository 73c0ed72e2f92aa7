using System.Diagnostics;
using System.Text.Json;

namespace Crucible.Tests.Shared;

/// <summary>Decodes datagrams with Apache Thrift's Python library, which knows nothing of our writer.</summary>
internal static class ThriftDecoder
{
    /// <summary>The batches (field 1 of the call's arguments) of all datagrams.</summary>
    public static List<JsonElement> DecodeBatches(IEnumerable<byte[]> datagrams)
    {
        const int Oneway = 4;
        var messages = Decode(datagrams);
        Assert.All(messages, message =>
        {
            Assert.Equal("emitBatch", message.GetProperty("name").GetString());
            Assert.Equal(Oneway, message.GetProperty("type").GetInt32());
            Assert.Equal(0, message.GetProperty("left").GetInt32());
        });
        return [.. messages.Select(message => message.GetProperty("fields").GetProperty("1"))];
    }

    /// <summary>The spans (field 2) of all batches.</summary>
    public static List<JsonElement> DecodeSpans(IEnumerable<byte[]> datagrams) =>
        [.. DecodeBatches(datagrams).SelectMany(batch => batch.GetProperty("2").EnumerateArray())];

    /// <summary>Tags by their keys: the type's number, and the one value field that is present.</summary>
    public static Dictionary<string, (int Type, JsonElement Value)> Tags(JsonElement tags) => tags.EnumerateArray().ToDictionary(
        tag => tag.GetProperty("1").GetString()!,
        tag => (tag.GetProperty("2").GetInt32(), tag.EnumerateObject().Single(field => field.Name is not ("1" or "2")).Value));

    private static List<JsonElement> Decode(IEnumerable<byte[]> datagrams)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Tracing", "decode_thrift_compact.py");
        var start = new ProcessStartInfo(RequiresPythonModuleFactAttribute.Python, [script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        foreach (var datagram in datagrams)
        {
            process.StandardInput.WriteLine(Convert.ToHexString(datagram));
        }

        process.StandardInput.Close();
        var json = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.Clone().EnumerateArray()];
    }
}
