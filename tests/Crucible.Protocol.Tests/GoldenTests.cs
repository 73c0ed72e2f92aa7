namespace Crucible.Protocol.Tests;

/// <summary>The exact bytes of each message: they never change under one protocol version.</summary>
public sealed class GoldenTests
{
    [Fact]
    public void Every_header_has_exactly_these_bytes()
    {
        var lines = Samples.Small.Select(sample =>
        {
            var frame = sample.Encode();
            var header = FramePrefix.Read(frame).HeaderBytes;
            return $"{sample.Kind} {Convert.ToHexStringLower(frame, FramePrefix.SizeBytes, header)}";
        });

        Assert.Equal(Golden, string.Join('\n', lines));
    }

    private const string Golden = """
        HereIAm 99010102c41000112233445566778899aabbccddeeffc4100f0e0d0c0b0a0908070605040302010005c3c2c3
        YesItsMe 9a0201c41000112233445566778899aabbccddeeffcd0200640ac3c2c4100f0e0d0c0b0a0908070605040302010005
        Refused 94030405a26e6f
        PromoteToActive 940a05c41000112233445566778899aabbccddeeffc4100f0e0d0c0b0a09080706050403020100
        YouAreNowActive 920b05
        YouAreNoLongerActive 920ccd012c
        QueryRegionInfo 9114
        RegionInfo 9a15c41000112233445566778899aabbccddeeff0504c303cd03eb0209c2
        QueryExtentVersions 93160708
        ExtentVersions 94170701c418000000000000000000000000000000000000000000000000
        Write 991e05cd03eb92cd03e802ce0001117001c41001020304050607080100000000000000c4190102030405060708090a0b0c0d0e0f10111213141516171801c50200
        WriteZeroes 971f05cd03eb92cd03e801ce00011170cd0100c0
        Discard 972005cd03eb90ce00011170ce00010000c0
        Read 972105cd03eb94cd03e801cd03ea01ce0001117002c0
        Flush 962205cd03eb92cd03e80306c0
        JobAck 9323cd03eb03
        ReadAck 9524cd03eb00c41001020304050607080100000000000000c4c8
        ReadStates 962505cd03ebce00011170cd8000c0
        StatesAck 9426cd03eb00c4080500000002040000
        ReadContexts 962805cf8000000000000000ce00011170cd0800c3
        ContextsAck 9429cf800000000000000000c41001020304050607080100000000000000
        RepairWrite 972a05cf8000000000000000ce0001117001c41001020304050607080100000000000000c600011170
        BeginRepair 932b05cf8000000000000000
        MarkInSync 932c05cf8000000000000001
        SetExtentVersion 972d05cf8000000000000000030406c3
        Ruok 9232cf0102030405060708
        Imok 923301
        ErrorReport 933405a466756c6c
        Goodbye 9235a3627965
        """;
}
