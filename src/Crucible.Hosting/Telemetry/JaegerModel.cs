using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;

namespace Crucible.Hosting;

/// <summary>
/// Writes what Jaeger's <c>jaeger.thrift</c> calls Process, Span, Tag and Log. The field numbers are those of that file.
/// </summary>
internal static class JaegerModel
{
    private enum TagType
    {
        Text = 0,
        Double = 1,
        Bool = 2,
        Long = 3,
        Binary = 4,
    }

    /// <summary>Process: 1 serviceName, 2 tags.</summary>
    public static void WriteProcess(
        ThriftCompactWriter writer, string serviceName, IReadOnlyList<KeyValuePair<string, object>> attributes)
    {
        writer.BeginStruct();
        writer.TextField(1, serviceName);
        writer.StructListField(2, attributes.Count);
        foreach (var (key, value) in attributes)
        {
            WriteTag(writer, key, value);
        }

        writer.EndStruct();
    }

    /// <summary>
    /// Span: 1 traceIdLow, 2 traceIdHigh, 3 spanId, 4 parentSpanId, 5 operationName, 6 references, 7 flags, 8 startTime (µs),
    /// 9 duration (µs), 10 tags, 11 logs.
    /// </summary>
    public static void WriteSpan(ThriftCompactWriter writer, Activity activity)
    {
        writer.BeginStruct();
        var (low, high) = Halves(activity.TraceId);
        writer.I64Field(1, low);
        writer.I64Field(2, high);
        writer.I64Field(3, Number(activity.SpanId));
        writer.I64Field(4, Number(activity.ParentSpanId));
        writer.TextField(5, activity.DisplayName);
        WriteReferences(writer, activity);
        writer.I32Field(7, activity.Recorded ? 1 : 0);
        writer.I64Field(8, Microseconds(activity.StartTimeUtc));
        writer.I64Field(9, activity.Duration.Ticks / TimeSpan.TicksPerMicrosecond);
        WriteTags(writer, activity);
        WriteLogs(writer, activity);
        writer.EndStruct();
    }

    /// <summary>SpanRef: 1 refType, 2 traceIdLow, 3 traceIdHigh, 4 spanId. The parent is told by the span itself.</summary>
    private static void WriteReferences(ThriftCompactWriter writer, Activity activity)
    {
        const int FollowsFrom = 1;
        var count = activity.Links.Count();
        if (count == 0)
        {
            return;
        }

        writer.StructListField(6, count);
        foreach (ref readonly var link in activity.EnumerateLinks())
        {
            var (low, high) = Halves(link.Context.TraceId);
            writer.BeginStruct();
            writer.I32Field(1, FollowsFrom);
            writer.I64Field(2, low);
            writer.I64Field(3, high);
            writer.I64Field(4, Number(link.Context.SpanId));
            writer.EndStruct();
        }
    }

    private static void WriteTags(ThriftCompactWriter writer, Activity activity)
    {
        var kind = activity.Kind == ActivityKind.Internal ? null : activity.Kind.ToString().ToLowerInvariant();
        var failed = activity.Status == ActivityStatusCode.Error;
        var status = activity.Status == ActivityStatusCode.Unset ? null : failed ? "ERROR" : "OK";
        var description = failed ? activity.StatusDescription : null;

        var count = 1 + One(kind) + One(status) + One(description) + (failed ? 1 : 0) + activity.TagObjects.Count();
        writer.StructListField(10, count);
        WriteTag(writer, "otel.scope.name", activity.Source.Name);
        WriteTagIfAny(writer, "span.kind", kind);
        WriteTagIfAny(writer, "otel.status_code", status);
        WriteTagIfAny(writer, "otel.status_description", description);
        if (failed)
        {
            WriteTag(writer, "error", true);
        }

        foreach (ref readonly var tag in activity.EnumerateTagObjects())
        {
            WriteTag(writer, tag.Key, tag.Value);
        }
    }

    /// <summary>Log: 1 timestamp (µs), 2 fields. An event's name is the field that Jaeger shows first.</summary>
    private static void WriteLogs(ThriftCompactWriter writer, Activity activity)
    {
        var count = activity.Events.Count();
        if (count == 0)
        {
            return;
        }

        writer.StructListField(11, count);
        foreach (ref readonly var happened in activity.EnumerateEvents())
        {
            writer.BeginStruct();
            writer.I64Field(1, Microseconds(happened.Timestamp.UtcDateTime));
            writer.StructListField(2, 1 + happened.Tags.Count());
            WriteTag(writer, "event", happened.Name);
            foreach (ref readonly var tag in happened.EnumerateTagObjects())
            {
                WriteTag(writer, tag.Key, tag.Value);
            }

            writer.EndStruct();
        }
    }

    /// <summary>Tag: 1 key, 2 type, then the value: 3 text, 4 double, 5 bool, 6 long, 7 binary.</summary>
    private static void WriteTag(ThriftCompactWriter writer, string key, object? value)
    {
        writer.BeginStruct();
        writer.TextField(1, key);
        switch (value)
        {
            case bool flag:
                writer.I32Field(2, (int)TagType.Bool);
                writer.BoolField(5, flag);
                break;
            case sbyte or byte or short or ushort or int or uint or long:
                writer.I32Field(2, (int)TagType.Long);
                writer.I64Field(6, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case float or double:
                writer.I32Field(2, (int)TagType.Double);
                writer.DoubleField(4, Convert.ToDouble(value, CultureInfo.InvariantCulture));
                break;
            case byte[] bytes:
                writer.I32Field(2, (int)TagType.Binary);
                writer.BinaryField(7, bytes);
                break;
            default:
                writer.I32Field(2, (int)TagType.Text);
                writer.TextField(3, Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
                break;
        }

        writer.EndStruct();
    }

    private static void WriteTagIfAny(ThriftCompactWriter writer, string key, string? value)
    {
        if (value is not null)
        {
            WriteTag(writer, key, value);
        }
    }

    private static int One(string? value) => value is null ? 0 : 1;

    private static long Microseconds(DateTime utc) => (utc - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static (long Low, long High) Halves(ActivityTraceId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.CopyTo(bytes);
        return (BinaryPrimitives.ReadInt64BigEndian(bytes[8..]), BinaryPrimitives.ReadInt64BigEndian(bytes));
    }

    private static long Number(ActivitySpanId id)
    {
        Span<byte> bytes = stackalloc byte[8];
        id.CopyTo(bytes);
        return BinaryPrimitives.ReadInt64BigEndian(bytes);
    }
}
