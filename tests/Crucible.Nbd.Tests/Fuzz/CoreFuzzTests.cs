using System.Buffers;

namespace Crucible.Nbd.Tests.Fuzz;

/// <summary>Spoiled conversations through the protocol's core, where no exception is right (I8, I7).</summary>
public sealed class CoreFuzzTests
{
    private const int DefaultInputs = 20_000;
    private const ulong SizeBytes = 512_000;

    private static readonly NbdExportInfo Disk = new("disk", "A disk", SizeBytes, 512, ReadOnly: false);
    private static readonly NbdExportList Exports = new([Disk, new NbdExportInfo("archive", "", SizeBytes, 512, ReadOnly: true)], "disk");

    [Theory]
    [InlineData(1, NbdTlsPolicy.Off)]
    [InlineData(2, NbdTlsPolicy.Optional)]
    [InlineData(3, NbdTlsPolicy.Required)]
    public void I8_A_handshake_is_finished_or_refused(int seed, NbdTlsPolicy tls)
    {
        var fuzzer = new ConversationFuzzer(seed, "disk", SizeBytes);
        var entered = 0;
        for (var i = 0; i < Inputs.Count(DefaultInputs); i++)
        {
            var input = fuzzer.Conversation();
            try
            {
                entered += Shake(fuzzer, tls, input) == NbdHandshakeState.Transmission ? 1 : 0;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, input {i}: {Convert.ToHexStringLower(input)}: {e}");
            }
        }

        // A fuzzer that never gets in tests the doorstep alone.
        Assert.True(tls == NbdTlsPolicy.Required ? entered == 0 : entered > Inputs.Count(DefaultInputs) / 20, $"{entered} came in");
    }

    [Theory]
    [InlineData(4, NbdReplyMode.Simple)]
    [InlineData(5, NbdReplyMode.Structured)]
    [InlineData(6, NbdReplyMode.Extended)]
    public void I8_A_request_that_is_served_lies_within_the_disk_and_the_limits(int seed, NbdReplyMode replies)
    {
        var fuzzer = new ConversationFuzzer(seed, "disk", SizeBytes);
        var session = new NbdSession(Disk, replies, replies == NbdReplyMode.Simple ? [] : [.. NbdContexts.All]);
        var served = 0;
        for (var i = 0; i < Inputs.Count(DefaultInputs); i++)
        {
            var bytes = fuzzer.Request(replies == NbdReplyMode.Extended);
            Assert.True(NbdRequest.TryRead(bytes, replies == NbdReplyMode.Extended, out var request));
            var verdict = RequestRules.Judge(request, session);

            Assert.InRange(verdict.PayloadBytes, 0u, (uint)NbdLimits.MaxSkippedPayloadBytes);
            if (verdict.Action == NbdAction.Serve && !request.Flags.HasFlag(NbdCommandFlags.PayloadLength))
            {
                served++;
                Assert.InRange(request.Offset, 0u, SizeBytes);
                Assert.InRange(request.Length, 0u, SizeBytes - request.Offset);
            }
            else if (verdict.Action == NbdAction.Refuse)
            {
                Assert.NotEqual(NbdError.None, verdict.Error);
            }
        }

        Assert.True(served > Inputs.Count(DefaultInputs) / 20, $"{served} were served");
    }

    // As the engine does it: pieces arrive, what was not taken comes again with what follows.
    private static NbdHandshakeState Shake(ConversationFuzzer fuzzer, NbdTlsPolicy tls, byte[] input)
    {
        var handshake = new NbdHandshake(Exports, tls);
        var output = new ArrayBufferWriter<byte>();
        var (begin, end) = (0, 0);
        while (end < input.Length && handshake.State is NbdHandshakeState.ClientFlags or NbdHandshakeState.Options or NbdHandshakeState.Skipping)
        {
            end += fuzzer.PieceOf(input.Length - end);
            var taken = handshake.Receive(input.AsSpan(begin, end - begin), output);
            Assert.InRange(taken, 0, end - begin);
            begin += taken;

            // What is held back is less than one whole option (I7); requests behind GO are not the handshake's.
            var isOver = handshake.State is NbdHandshakeState.Transmission or NbdHandshakeState.StartTls or NbdHandshakeState.Closed;
            Assert.True(isOver || end - begin < NbdLimits.MaxOptionBytes + 16, $"{end - begin} bytes are held back");
            Assert.InRange(output.WrittenCount, 0, 1 << 20);
        }

        Assert.Equal(handshake.State == NbdHandshakeState.Transmission, handshake.Session is not null);
        return handshake.State;
    }
}
