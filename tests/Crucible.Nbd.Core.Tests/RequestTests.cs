using static Crucible.Nbd.Tests.Bytes;

namespace Crucible.Nbd.Tests;

public sealed class RequestTests
{
    private const ulong Size = 1 << 30;

    private static readonly NbdExportInfo Disk = new("disk", string.Empty, Size, 512, ReadOnly: false);
    private static readonly NbdExportInfo Archive = Disk with { ReadOnly = true };

    [Fact]
    public void A_compact_head_is_read_field_by_field()
    {
        var head = Request(command: 6, flags: 0x12, cookie: 0x0102030405060708, offset: 0x1112131415161718, length: 0x21222324);

        Assert.True(NbdRequest.TryRead(head, extended: false, out var request));

        Assert.Equal(
            new NbdRequest(NbdCommand.WriteZeroes, NbdCommandFlags.FastZero | NbdCommandFlags.NoHole, 0x0102030405060708, 0x1112131415161718, 0x21222324),
            request);
    }

    [Fact]
    public void An_extended_head_has_a_length_of_64_bits()
    {
        var head = Join([0x21, 0xe4, 0x1c, 0x71], U16(0x20), U16(1), U64(7), U64(8), U64(0x0102030405060708));

        Assert.True(NbdRequest.TryRead(head, extended: true, out var request));

        Assert.Equal(new NbdRequest(NbdCommand.Write, NbdCommandFlags.PayloadLength, 7, 8, 0x0102030405060708), request);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_head_of_the_other_kind_is_no_head(bool extended)
    {
        var head = extended ? Join(Request(0, 0, 1, 0, 512), U32(0)) : Join([0x21, 0xe4, 0x1c, 0x71], new byte[24]);

        Assert.False(NbdRequest.TryRead(head, extended, out _));
    }

    // Command, flags, offset, length; what follows, and how it is answered.
    [Theory]
    [InlineData(0, 0, 0, 512, NbdAction.Serve, 0)]
    [InlineData(0, 4, 0, 512, NbdAction.Serve, 0)]
    [InlineData(0, 1, 1, 1, NbdAction.Serve, 0)]
    [InlineData(0, 0, 0, 32 << 20, NbdAction.Serve, 0)]
    [InlineData(0, 0, 0, (32 << 20) + 1, NbdAction.Refuse, 75)]
    [InlineData(0, 0, (1 << 30) - 512, 512, NbdAction.Serve, 0)]
    [InlineData(0, 0, (1 << 30) - 512, 513, NbdAction.Refuse, 22)]
    [InlineData(0, 0, -1, 2, NbdAction.Refuse, 22)]
    [InlineData(0, 0, 1 << 30, 0, NbdAction.Succeed, 0)]
    [InlineData(0, 2, 0, 512, NbdAction.Refuse, 22)]
    [InlineData(0, 8, 0, 512, NbdAction.Refuse, 22)]
    [InlineData(0, 0x8000, 0, 512, NbdAction.Refuse, 22)]
    [InlineData(1, 1, 3, 512, NbdAction.Serve, 0)]
    [InlineData(1, 2, 0, 512, NbdAction.Refuse, 22)]
    [InlineData(1, 32, 0, 512, NbdAction.Refuse, 22)]
    [InlineData(1, 0, 0, 0, NbdAction.Succeed, 0)]
    [InlineData(1, 0, 1 << 30, 512, NbdAction.Refuse, 28)]
    [InlineData(1, 0, -512, 1024, NbdAction.Refuse, 28)]
    [InlineData(1, 0, 0, (32 << 20) + 1, NbdAction.Refuse, 22)]
    [InlineData(1, 0, 0, 64 << 20, NbdAction.Refuse, 22)]
    [InlineData(1, 0, 0, (64 << 20) + 1, NbdAction.Close, 0)]
    [InlineData(2, 0, 0, 0, NbdAction.Disconnect, 0)]
    [InlineData(2, 0xffff, 5, 5, NbdAction.Disconnect, 0)]
    [InlineData(3, 0, 0, 0, NbdAction.Serve, 0)]
    [InlineData(3, 1, 0, 0, NbdAction.Serve, 0)]
    [InlineData(3, 0, 512, 0, NbdAction.Refuse, 22)]
    [InlineData(3, 0, 0, 512, NbdAction.Refuse, 22)]
    [InlineData(4, 1, 5, 1 << 29, NbdAction.Serve, 0)]
    [InlineData(4, 2, 0, 512, NbdAction.Refuse, 22)]
    [InlineData(4, 0, 1 << 30, 1, NbdAction.Refuse, 22)]
    [InlineData(5, 0, 0, 1 << 30, NbdAction.Serve, 0)]
    [InlineData(5, 0, 1, 1 << 30, NbdAction.Refuse, 22)]
    [InlineData(6, 3, 5, 1 << 29, NbdAction.Serve, 0)]
    [InlineData(6, 16, 512, 1 << 29, NbdAction.Serve, 0)]
    [InlineData(6, 16, 512, 511, NbdAction.Refuse, 95)]
    [InlineData(6, 16, 1, 512, NbdAction.Refuse, 95)]
    [InlineData(6, 4, 0, 512, NbdAction.Refuse, 22)]
    [InlineData(6, 0, 1 << 30, 512, NbdAction.Refuse, 28)]
    [InlineData(7, 0, 0, 1 << 30, NbdAction.Serve, 0)]
    [InlineData(7, 8, 1, 1, NbdAction.Serve, 0)]
    [InlineData(7, 0, 0, 0, NbdAction.Refuse, 22)]
    [InlineData(7, 0, 1, 1 << 30, NbdAction.Refuse, 22)]
    [InlineData(7, 32, 0, 512, NbdAction.Refuse, 22)]
    [InlineData(8, 0, 0, 512, NbdAction.Refuse, 22)]
    [InlineData(0xffff, 0, 0, 0, NbdAction.Refuse, 22)]
    public void Requests_with_structured_replies(int command, int flags, long offset, long length, NbdAction action, uint error)
    {
        var verdict = Judge(new NbdSession(Disk, NbdReplyMode.Structured, NbdContexts.All), command, flags, offset, length);

        Assert.Equal((action, (NbdError)error), (verdict.Action, verdict.Error));
        Assert.Equal(command == 1 && action != NbdAction.Close ? (uint)length : 0, verdict.PayloadBytes);
        Assert.Equal(action is NbdAction.Refuse or NbdAction.Close, verdict.Reason.Length > 0);
    }

    [Theory]
    [InlineData(1, 0, 0, 512, 512, NbdAction.Refuse, 22)]
    [InlineData(1, 32, 0, 512, 512, NbdAction.Serve, 0)]
    [InlineData(1, 32, 0, (64 << 20) + 1, 0, NbdAction.Close, 0)]
    [InlineData(0, 32, 0, 512, 512, NbdAction.Refuse, 22)]
    [InlineData(0, 32, 0, 5L << 32, 0, NbdAction.Close, 0)]
    [InlineData(0, 0, 0, 5L << 32, 0, NbdAction.Refuse, 22)]
    [InlineData(6, 0, 512, (1 << 30) - 512, 0, NbdAction.Serve, 0)]
    [InlineData(7, 32, 0, 12, 12, NbdAction.Serve, 0)]
    [InlineData(7, 32, 0, 16, 16, NbdAction.Serve, 0)]
    [InlineData(7, 32, 0, 8, 8, NbdAction.Refuse, 22)]
    [InlineData(7, 32, 0, 20, 20, NbdAction.Refuse, 22)]
    [InlineData(7, 32, 0, 13, 13, NbdAction.Refuse, 22)]
    public void Requests_with_extended_headers_say_whether_a_payload_follows(
        int command, int flags, long offset, long length, uint payload, NbdAction action, uint error)
    {
        var verdict = Judge(new NbdSession(Disk, NbdReplyMode.Extended, NbdContexts.All), command, flags, offset, length);

        Assert.Equal((action, (NbdError)error), (verdict.Action, verdict.Error));
        Assert.Equal(command == 1 && flags == 0 ? 0 : payload, verdict.PayloadBytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(6)]
    public void A_read_only_export_is_not_changed(int command)
    {
        var verdict = Judge(new NbdSession(Archive, NbdReplyMode.Simple, []), command, 0, 0, 512);

        Assert.Equal((NbdAction.Refuse, NbdError.NotPermitted), (verdict.Action, verdict.Error));
        Assert.Equal(command == 1 ? 512u : 0, verdict.PayloadBytes);
    }

    [Fact]
    public void What_was_not_agreed_upon_is_invalid()
    {
        var session = new NbdSession(Disk, NbdReplyMode.Simple, []);

        Assert.Equal(NbdError.Invalid, Judge(session, 0, flags: 4, 0, 512).Error);
        Assert.Equal(NbdError.Invalid, Judge(session with { Replies = NbdReplyMode.Structured }, 7, 0, 0, 512).Error);
    }

    public static TheoryData<ulong, byte[], bool, ulong, uint> StatusPayloads => new()
    {
        { 0, Join(U64(512), U32(1)), true, 512, 1 << 1 },
        { 512, Join(U64(Size - 512), U32(2), U32(1)), true, Size - 512, (1 << 1) | (1 << 2) },
        { 0, Join(U64(0), U32(1)), false, 0, 0 },
        { 1, Join(U64(Size), U32(1)), false, 0, 0 },
        { 0, Join(U64(512), U32(1), U32(1)), false, 0, 0 },
        { 0, Join(U64(512), U32(0)), false, 0, 0 },
        { 0, Join(U64(512), U32(3)), false, 0, 0 },
        { 0, Join(U64(512), U32(0xffffffff)), false, 0, 0 },
    };

    [Theory]
    [MemberData(nameof(StatusPayloads))]
    public void The_payload_of_a_status_request_names_range_and_contexts(ulong offset, byte[] payload, bool fits, ulong length, uint contexts)
    {
        var session = new NbdSession(Disk, NbdReplyMode.Extended, NbdContexts.All);
        var request = new NbdRequest(NbdCommand.BlockStatus, NbdCommandFlags.PayloadLength, 1, offset, (ulong)payload.Length);

        Assert.Equal(fits, RequestRules.TryReadStatusPayload(request, session, payload, out var readLength, out var readContexts));

        if (fits)
        {
            Assert.Equal((length, contexts), (readLength, readContexts));
        }
    }

    [Fact]
    public void Every_failure_of_a_volume_has_a_number_that_clients_know()
    {
        foreach (var code in Enum.GetValues<ErrorCode>())
        {
            Assert.Equal(code == ErrorCode.None, NbdErrors.Of(code) == NbdError.None);
        }

        Assert.Equal(NbdError.NoSpace, NbdErrors.Of(ErrorCode.NoSpace));
        Assert.Equal(NbdError.NotPermitted, NbdErrors.Of(ErrorCode.ReadOnly));
        Assert.Equal(NbdError.Shutdown, NbdErrors.Of(ErrorCode.Superseded));
        Assert.Equal(NbdError.InputOutput, NbdErrors.Of(ErrorCode.NotEnoughReplicas));
        Assert.Equal(NbdError.InputOutput, NbdErrors.Of(ErrorCode.IntegrityError));
    }

    private static NbdVerdict Judge(NbdSession session, int command, int flags, long offset, long length) => RequestRules.Judge(
        new NbdRequest((NbdCommand)command, (NbdCommandFlags)flags, 1, unchecked((ulong)offset), (ulong)length), session);
}
