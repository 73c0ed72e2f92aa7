using System.Globalization;

namespace Crucible.Protocol.Tests;

/// <summary>
/// Hostile bytes through the decoder as a receiver uses it. <c>CRUCIBLE_FUZZ_INPUTS</c> sets how many inputs each
/// direction gets.
/// </summary>
public sealed class FuzzTests
{
    private const int DefaultInputs = 20_000;

    /// <summary>Most bytes that one input may make the decoder allocate: an exception with its text and trace, and a text field.</summary>
    private const long MostAllocatedBytes = 64 << 10;

    private static readonly MessageKind[] FromUpstairs =
    [
        MessageKind.HereIAm, MessageKind.PromoteToActive, MessageKind.QueryRegionInfo, MessageKind.QueryExtentVersions,
        MessageKind.Write, MessageKind.WriteZeroes, MessageKind.Discard, MessageKind.Read, MessageKind.ReadStates, MessageKind.Flush,
        MessageKind.ReadContexts, MessageKind.RepairWrite, MessageKind.BeginRepair, MessageKind.MarkInSync,
        MessageKind.SetExtentVersion, MessageKind.Ruok, MessageKind.Imok, MessageKind.Goodbye,
    ];

    [Fact]
    public void What_an_upstairs_might_send_is_read_or_refused() => Fuzz(1, [.. Samples.Small.Where(s => FromUpstairs.Contains(s.Kind))]);

    [Fact]
    public void What_a_downstairs_might_send_is_read_or_refused() =>
        Fuzz(2, [.. Samples.Small.Where(s => !FromUpstairs.Contains(s.Kind) || s.Kind >= MessageKind.Ruok)]);

    [Fact]
    public void Noise_is_refused()
    {
        var random = new Random(3);
        var bytes = new byte[4096];
        for (var i = 0; i < 5_000; i++)
        {
            random.NextBytes(bytes);
            Receive(bytes.AsMemory(0, random.Next(FramePrefix.SizeBytes, bytes.Length)), out var isRead);
            Assert.False(isRead);
        }
    }

    private static void Fuzz(int seed, Sample[] samples)
    {
        var inputs = int.TryParse(
            Environment.GetEnvironmentVariable("CRUCIBLE_FUZZ_INPUTS"), NumberStyles.None, CultureInfo.InvariantCulture, out var told)
            ? told
            : DefaultInputs;
        var fuzzer = new FrameFuzzer(seed, samples);
        var read = 0;
        for (var i = 0; i < inputs; i++)
        {
            var input = fuzzer.Next();
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                Receive(input, out var isRead);
                read += isRead ? 1 : 0;
            }
            catch (Exception e)
            {
                Assert.Fail($"seed {seed}, input {i}: {Convert.ToHexStringLower(input.AsSpan(0, Math.Min(200, input.Length)))}: {e}");
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MostAllocatedBytes);
        }

        Assert.InRange(read, inputs / 200, inputs);
    }

    // As FrameReceiver does: lengths first, then the header once it is there whole. Nothing but a violation is caught.
    private static void Receive(ReadOnlyMemory<byte> input, out bool isRead)
    {
        isRead = false;
        try
        {
            var prefix = FramePrefix.Read(input.Span);
            if (prefix.HeaderBytes > input.Length - FramePrefix.SizeBytes)
            {
                return;
            }

            var opened = FrameHeader.Open(
                input.Span[..FramePrefix.SizeBytes], input.Slice(FramePrefix.SizeBytes, prefix.HeaderBytes), (int)prefix.PayloadBytes);
            if (Samples.Of(opened.Kind) is { } sample)
            {
                sample.Read(opened);
                isRead = true;
            }
        }
        catch (ProtocolViolationException)
        {
            isRead = false;
        }
    }
}
