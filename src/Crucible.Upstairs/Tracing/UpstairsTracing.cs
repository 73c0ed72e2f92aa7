using System.Buffers.Binary;
using System.Diagnostics;
using Crucible.Protocol;

namespace Crucible.Upstairs;

/// <summary>
/// The spans of a guest's request: <c>guest.*</c> at the root, <c>upstairs.encrypt</c> where the volume is encrypted,
/// <c>upstairs.admission</c> until its jobs are made, and one <c>upstairs.send</c> a replica until that has answered, whose context travels with the job.
/// </summary>
internal static class UpstairsTracing
{
    public static readonly ActivitySource Source = new("Crucible.Upstairs");

    /// <summary>The root of a request; null while nobody traces.</summary>
    public static Activity? StartRequest(RequestKind kind) => !Source.HasListeners() ? null : Source.StartActivity(kind switch
    {
        RequestKind.Read => "guest.read",
        RequestKind.Write => "guest.write",
        RequestKind.WriteZeroes => "guest.write_zeroes",
        RequestKind.Discard => "guest.discard",
        RequestKind.ReadStates => "guest.read_states",
        _ => "guest.flush",
    });

    /// <summary>The span of encrypting what a request writes, which the caller ends; null while nobody traces.</summary>
    public static Activity? StartEncryption(Activity? request) =>
        request is null ? null : Source.StartActivity("upstairs.encrypt", ActivityKind.Internal, request.Context);

    /// <summary>A span that began when the request was submitted and ends now.</summary>
    public static void Admitted(Activity request, DateTime submittedUtc) =>
        Source.StartActivity("upstairs.admission", ActivityKind.Internal, request.Context, startTime: submittedUtc)?.Stop();

    public static TraceContext ContextOf(Activity? activity)
    {
        if (activity is null)
        {
            return default;
        }

        Span<byte> trace = stackalloc byte[16];
        Span<byte> span = stackalloc byte[8];
        activity.TraceId.CopyTo(trace);
        activity.SpanId.CopyTo(span);
        return new TraceContext(
            BinaryPrimitives.ReadUInt64BigEndian(trace),
            BinaryPrimitives.ReadUInt64BigEndian(trace[8..]),
            BinaryPrimitives.ReadUInt64BigEndian(span),
            (byte)activity.ActivityTraceFlags);
    }

    public static ActivityContext ContextOf(in TraceContext context)
    {
        Span<byte> trace = stackalloc byte[16];
        Span<byte> span = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(trace, context.TraceIdHigh);
        BinaryPrimitives.WriteUInt64BigEndian(trace[8..], context.TraceIdLow);
        BinaryPrimitives.WriteUInt64BigEndian(span, context.ParentId);
        return new ActivityContext(
            ActivityTraceId.CreateFromBytes(trace), ActivitySpanId.CreateFromBytes(span), (ActivityTraceFlags)context.Flags);
    }
}
