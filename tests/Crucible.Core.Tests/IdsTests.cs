namespace Crucible.Tests;

public sealed class IdsTests
{
    [Fact]
    public void Jobs_begin_at_1000_rise_by_one_and_compare_by_number()
    {
        Assert.Equal(1000UL, JobId.First.Value);
        Assert.Equal(new JobId(1001), JobId.First.Next());
        Assert.True(JobId.First < JobId.First.Next());
        Assert.True(JobId.First <= new JobId(1000) && JobId.First >= new JobId(1000));
        Assert.False(JobId.First > new JobId(1000));
        Assert.Equal("1000", JobId.First.ToString());
    }

    [Fact]
    public void Control_jobs_have_the_upper_half_of_the_numbers()
    {
        Assert.False(JobId.First.IsControl);
        Assert.False(new JobId((1UL << 63) - 1).IsControl);
        Assert.True(JobId.FirstControl.IsControl);
        Assert.True(new JobId(ulong.MaxValue).IsControl);
    }

    [Fact]
    public void Ids_that_would_wrap_throw()
    {
        Assert.Throws<OverflowException>(() => new JobId(ulong.MaxValue).Next());
        Assert.Throws<OverflowException>(() => new Generation(ulong.MaxValue).Next());
        Assert.Throws<OverflowException>(() => new FlushNumber(ulong.MaxValue).Next());
        Assert.Throws<OverflowException>(() => new BlockIndex(ulong.MaxValue) + 1);
    }

    [Fact]
    public void The_higher_generation_wins()
    {
        Assert.True(Generation.None < new Generation(1));
        Assert.True(new Generation(2) > new Generation(1));
        Assert.True(new Generation(ulong.MaxValue).CompareTo(new Generation(1)) > 0);
    }

    [Fact]
    public void An_extent_version_has_exactly_these_bytes_and_comes_back()
    {
        var bytes = new byte[ExtentVersion.SizeBytes];
        bytes.AsSpan().Fill(0xff);
        var version = new ExtentVersion(new Generation(0x0102), new FlushNumber(3), Dirty: true, Faulted: true);

        version.Write(bytes);

        Assert.Equal("020100000000000003000000000000000300000000000000", Convert.ToHexStringLower(bytes));
        Assert.Equal(version, ExtentVersion.Read(bytes));
        (version with { Faulted = false }).Write(bytes);
        Assert.Equal(1, bytes[16]);
        (version with { Dirty = false }).Write(bytes);
        Assert.Equal(2, bytes[16]);
    }
}
