using System.Buffers;
using static Crucible.Nbd.Tests.Bytes;

namespace Crucible.Nbd.Tests;

/// <summary>Noise, and what clients really say with some of it changed. <c>CRUCIBLE_NBD_FUZZ</c> sets how many inputs.</summary>
public sealed class FuzzTests
{
    private static readonly int Inputs =
        int.TryParse(Environment.GetEnvironmentVariable("CRUCIBLE_NBD_FUZZ"), out var inputs) ? inputs : 20_000;

    private static readonly NbdExportList Exports = new([HandshakeClient.Disk, HandshakeClient.Archive], "disk");

    private static readonly byte[][] Said =
    [
        Option(1, Text("disk")), Option(2), Option(3), Option(5), Option(8), Option(11), Option(77, new byte[40]),
        Option(6, String("disk"), U16(2), U16(1), U16(3)), Option(7, String("archive"), U16(0)),
        Option(9, String("disk"), U32(0)), Option(10, String("disk"), U32(2), String("base:allocation"), String("crucible:")),
    ];

    [Fact]
    public void No_handshake_breaks_the_server()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var output = new ArrayBufferWriter<byte>();
        for (var i = 0; i < Inputs; i++)
        {
            var input = Mangle(random, Join([U32(3), .. Enumerable.Range(0, random.Next(6)).Select(_ => Said[random.Next(Said.Length)])]));
            try
            {
                output.Clear();
                Converse(random, input, output);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"seed {seed}, input {i}: {Convert.ToHexString(input)}", e);
            }
        }
    }

    [Fact]
    public void No_request_that_passes_lies_outside_the_export()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var modes = Enum.GetValues<NbdReplyMode>();
        for (var i = 0; i < Inputs; i++)
        {
            var session = new NbdSession(
                random.Next(2) == 0 ? HandshakeClient.Disk : HandshakeClient.Archive, modes[random.Next(3)], random.Next(2) == 0 ? [] : NbdContexts.All);
            var request = new NbdRequest(
                (NbdCommand)random.Next(10), (NbdCommandFlags)(random.Next(3) == 0 ? random.Next(128) : 0), 1, Number(random), Number(random));
            var verdict = RequestRules.Judge(request, session);
            if (verdict.Action is NbdAction.Serve or NbdAction.Succeed)
            {
                var isStatusWithPayload = request.Command == NbdCommand.BlockStatus && verdict.PayloadBytes > 0;
                Assert.True(
                    isStatusWithPayload || (UInt128)request.Offset + request.Length <= session.Export.SizeBytes, $"seed {seed}: {request}");
                Assert.False(session.Export.ReadOnly && (request.Command is NbdCommand.Write or NbdCommand.Trim or NbdCommand.WriteZeroes));
            }

            Assert.True(verdict.PayloadBytes <= NbdLimits.MaxSkippedPayloadBytes);
            Assert.Equal(verdict.Action == NbdAction.Refuse, verdict.Error != NbdError.None);
        }
    }

    // In pieces, as a network might deliver it; what is not taken is given again with what follows.
    private static void Converse(Random random, byte[] input, ArrayBufferWriter<byte> output)
    {
        var handshake = new NbdHandshake(Exports, (NbdTlsPolicy)random.Next(3));
        var (start, end) = (0, 0);
        while (end < input.Length)
        {
            end = Math.Min(input.Length, end + random.Next(1, 200));
            start += handshake.Receive(input.AsSpan(start..end), output);
            Assert.InRange(start, 0, end);
            if (handshake.State == NbdHandshakeState.StartTls)
            {
                handshake.OnTlsEstablished();
            }
        }

        Assert.Equal(handshake.State == NbdHandshakeState.Transmission, handshake.Session is not null);
        Assert.True(output.WrittenCount <= 400 * (1 + (input.Length / 16)), "far more answered than asked");
    }

    private static byte[] Mangle(Random random, byte[] input)
    {
        for (var times = random.Next(4); times > 0 && input.Length > 0; times--)
        {
            var at = random.Next(input.Length);
            switch (random.Next(4))
            {
                case 0:
                    input[at] = (byte)random.Next(256);
                    break;
                case 1:
                    input = input[..at];
                    break;
                case 2:
                    input = [.. input[..at], .. input[random.Next(input.Length)..]];
                    break;
                default:
                    input = [.. input[..at], 0xff, 0xff, 0xff, 0xff, .. input[at..]];
                    break;
            }
        }

        return input;
    }

    private static ulong Number(Random random) => random.Next(6) switch
    {
        0 => 0,
        1 => (ulong)random.Next(4096) * 512,
        2 => (1UL << 20) - (ulong)random.Next(1024),
        3 => unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue)),
        4 => ulong.MaxValue - (ulong)random.Next(1024),
        _ => (ulong)random.Next(1 << 21),
    };
}
