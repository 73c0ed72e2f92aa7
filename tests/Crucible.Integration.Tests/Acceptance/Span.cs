using System.Text.Json;
using Crucible.Tests.Shared;

namespace Crucible.Integration.Tests.Acceptance;

/// <summary>One span as a Jaeger agent gets it.</summary>
/// <param name="Service">The program that made it.</param>
/// <param name="ProcessId">Its process.</param>
/// <param name="Name">Such as guest.write.</param>
/// <param name="Trace">The trace's id.</param>
/// <param name="Id">Its own id.</param>
/// <param name="Parent">Its parent's id; 0 at the root.</param>
/// <param name="Start">In microseconds of Unix time.</param>
/// <param name="End">The same.</param>
/// <param name="Tags">Its own tags.</param>
internal sealed record Span(
    string Service, long ProcessId, string Name, (long High, long Low) Trace, long Id, long Parent, long Start, long End, string Tags)
{
    /// <summary>All spans of the datagrams. Fields by their numbers in jaeger.thrift.</summary>
    public static List<Span> Decode(IEnumerable<byte[]> datagrams) =>
    [
        .. ThriftDecoder.DecodeBatches(datagrams).SelectMany(batch =>
        {
            var process = batch.GetProperty("1");
            var service = process.GetProperty("1").GetString()!;
            var id = ThriftDecoder.Tags(process.GetProperty("2"))["process.pid"].Value.GetInt64();
            return batch.GetProperty("2").EnumerateArray().Select(span => Of(span, service, id));
        }),
    ];

    private static Span Of(JsonElement span, string service, long processId) => new(
        service,
        processId,
        span.GetProperty("5").GetString()!,
        (span.GetProperty("2").GetInt64(), span.GetProperty("1").GetInt64()),
        span.GetProperty("3").GetInt64(),
        span.GetProperty("4").GetInt64(),
        span.GetProperty("8").GetInt64(),
        span.GetProperty("8").GetInt64() + span.GetProperty("9").GetInt64(),
        string.Join(' ', ThriftDecoder.Tags(span.GetProperty("10")).Select(tag => $"{tag.Key}={tag.Value.Value}")));
}
