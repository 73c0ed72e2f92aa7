using MessagePack;

namespace Crucible.Protocol.Tests;

public sealed class JobDependenciesTests
{
    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 12)]
    [InlineData(3, 40)]
    [InlineData(4, 1000)]
    public void Jobs_added_in_any_order_are_all_there_and_no_other_while_eight_ranges_suffice(int seed, int span)
    {
        var random = new Random(seed);
        for (var round = 0; round < 400; round++)
        {
            var model = new HashSet<ulong>();
            var dependencies = default(JobDependencies);
            var exact = true;
            for (var i = random.Next(30); i >= 0; i--)
            {
                var job = 1000 + (ulong)random.Next(span);
                model.Add(job);
                dependencies.Add(new JobId(job));
                exact &= RangesOf(model) <= JobDependencies.MaxRanges;

                AssertAscending(dependencies);
                Assert.All(model, added => Assert.True(dependencies.Contains(new JobId(added))));
                if (exact)
                {
                    Assert.Equal(model.Order(), Jobs(dependencies));
                }
            }
        }
    }

    [Fact]
    public void Between_holds_every_job_from_the_first_to_the_one_before_the_end()
    {
        Assert.True(JobDependencies.Between(new JobId(1000), new JobId(1000)).IsEmpty);
        Assert.True(JobDependencies.Between(new JobId(1001), new JobId(1000)).IsEmpty);
        Assert.Equal("[1000, 1001]", JobDependencies.Between(new JobId(1000), new JobId(1002)).ToString());
        Assert.Equal("[]", default(JobDependencies).ToString());
    }

    [Fact]
    public void The_text_shows_sixteen_ids_and_the_last()
    {
        var long_ = JobDependencies.Between(new JobId(0), new JobId(ulong.MaxValue));

        Assert.Equal("[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, … 18446744073709551614]", long_.ToString());
    }

    [Fact]
    public void An_index_beyond_the_ranges_is_a_bug()
    {
        var dependencies = Samples.Dependencies(1000);

        Assert.Equal(new JobRange(new JobId(1000), 1), dependencies[0]);
        Assert.Throws<InvariantException>(() => dependencies[1]);
        Assert.Throws<InvariantException>(() => dependencies[-1]);
    }

    [Theory]
    [InlineData(1UL)]
    [InlineData(1UL, 0UL)]
    [InlineData(5UL, 2UL, 6UL, 1UL)]
    [InlineData(5UL, 1UL, 4UL, 1UL)]
    [InlineData(ulong.MaxValue, 1UL)]
    [InlineData(2UL, ulong.MaxValue)]
    [InlineData(1UL, 1UL, 3UL, 1UL, 5UL, 1UL, 7UL, 1UL, 9UL, 1UL, 11UL, 1UL, 13UL, 1UL, 15UL, 1UL, 17UL, 1UL)]
    public void Nonsense_is_not_read(params ulong[] numbers) =>
        Assert.Throws<MessagePackSerializationException>(() => Read(numbers));

    [Fact]
    public void What_was_read_can_be_added_to()
    {
        var dependencies = Read(1000, 2, 1002, 3, 2000, 1);

        dependencies.Add(new JobId(1005));
        dependencies.Add(new JobId(999));

        AssertContains(dependencies, 999, 1000, 1001, 1002, 1003, 1004, 1005, 2000);
    }

    private static JobDependencies Read(params ulong[] numbers)
    {
        var buffer = new HeaderBuffer();
        var writer = new MessagePackWriter(buffer);
        writer.WriteArrayHeader(numbers.Length);
        foreach (var number in numbers)
        {
            writer.Write(number);
        }

        writer.Flush();
        var reader = new MessagePackReader(buffer.Written.ToArray());
        return JobDependencies.Read(ref reader);
    }

    private static void AssertContains(JobDependencies dependencies, params ulong[] jobs) =>
        Assert.All(jobs, job => Assert.True(dependencies.Contains(new JobId(job))));

    private static void AssertAscending(in JobDependencies dependencies)
    {
        for (var i = 1; i < dependencies.RangeCount; i++)
        {
            Assert.True(dependencies[i - 1].Last.Value + 1 < dependencies[i].First.Value, dependencies.ToString());
        }
    }

    private static List<ulong> Jobs(in JobDependencies dependencies)
    {
        var jobs = new List<ulong>();
        for (var i = 0; i < dependencies.RangeCount; i++)
        {
            for (ulong j = 0; j < dependencies[i].Count; j++)
            {
                jobs.Add(dependencies[i].First.Value + j);
            }
        }

        return jobs;
    }

    private static int RangesOf(HashSet<ulong> jobs) => jobs.Count(job => !jobs.Contains(job - 1));
}
