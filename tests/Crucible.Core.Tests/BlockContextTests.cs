namespace Crucible.Tests;

public sealed class BlockContextTests
{
    [Fact]
    public void All_zeroes_say_never_written()
    {
        var context = new byte[BlockContext.EncryptedSizeBytes];

        Assert.Equal(BlockState.NeverWritten, BlockContext.State(context));
        Assert.True(BlockContext.IsWellFormed(context));
        Assert.True(BlockContext.IsWellFormed(context.AsSpan(0, BlockContext.PlainSizeBytes)));
    }

    [Fact]
    public void A_data_context_has_exactly_these_bytes()
    {
        var context = new byte[BlockContext.PlainSizeBytes];
        context.AsSpan().Fill(0xee);

        BlockContext.WriteData(context, 0x1122334455667788);

        Assert.Equal("88776655443322110100000000000000", Convert.ToHexStringLower(context));
        Assert.True(BlockContext.IsWellFormed(context));
        Assert.Equal(0x1122334455667788UL, BlockContext.Checksum(context));
    }

    [Fact]
    public void Every_other_byte_beside_an_empty_state_is_malformed()
    {
        foreach (var state in new[] { BlockState.NeverWritten, BlockState.Zeroes, BlockState.Lost })
        {
            for (var i = 0; i < BlockContext.EncryptedSizeBytes; i++)
            {
                var context = new byte[BlockContext.EncryptedSizeBytes];
                BlockContext.WriteEmpty(context, state);
                Assert.True(BlockContext.IsWellFormed(context));

                context[i] ^= 0x40;

                Assert.False(BlockContext.IsWellFormed(context), $"byte {i}");
            }
        }
    }

    [Fact]
    public void An_unknown_state_or_a_reserved_byte_is_malformed_beside_data_too()
    {
        for (var state = 4; state <= byte.MaxValue; state++)
        {
            var context = new byte[BlockContext.PlainSizeBytes];
            context[8] = (byte)state;
            Assert.False(BlockContext.IsWellFormed(context));
        }

        for (var i = 9; i < 16; i++)
        {
            var context = new byte[BlockContext.PlainSizeBytes];
            BlockContext.WriteData(context, 1);
            context[i] = 1;
            Assert.False(BlockContext.IsWellFormed(context));
        }
    }

    [Fact]
    public void A_context_proves_its_block_at_its_place_only()
    {
        var block = new byte[512];
        new Random(1).NextBytes(block);
        var context = new byte[BlockContext.PlainSizeBytes];
        BlockContext.WriteData(context, BlockContext.Checksum(block, new BlockIndex(7)));

        Assert.True(BlockContext.Proves(context, block, new BlockIndex(7)));
        Assert.False(BlockContext.Proves(context, block, new BlockIndex(8)));
        block[511] ^= 1;
        Assert.False(BlockContext.Proves(context, block, new BlockIndex(7)));
    }

    [Fact]
    public void Nonce_and_tag_lie_side_by_side_at_the_end()
    {
        var context = new byte[BlockContext.EncryptedSizeBytes];

        BlockContext.Nonce(context).Fill(1);
        BlockContext.Tag(context).Fill(2);

        Assert.Equal([.. new byte[16], .. Enumerable.Repeat((byte)1, 24), .. Enumerable.Repeat((byte)2, 16)], context);
    }

    [Fact]
    public void An_empty_context_can_t_be_made_for_data() =>
        Assert.Throws<InvariantException>(() => BlockContext.WriteEmpty(new byte[16], BlockState.Data));
}
