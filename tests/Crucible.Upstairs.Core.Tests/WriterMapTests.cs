using Crucible.Protocol;

namespace Crucible.Upstairs.Tests;

public sealed class WriterMapTests
{
    [Theory]
    [InlineData(1, 30)]
    [InlineData(2, 3_000)]
    [InlineData(3, 200_000)]
    public void Dependencies_are_the_last_writers_of_each_block_and_no_job_that_does_not_overlap(int seed, int span)
    {
        var random = new Random(seed);
        var map = new WriterMap();
        var jobs = new List<(JobId Job, ulong Start, uint Count, bool IsWide)>();
        var oldest = JobId.First;
        for (var next = JobId.First; next.Value < 4_000; next = next.Next())
        {
            var isWide = random.Next(10) == 0;
            var start = (ulong)random.Next(span);
            var count = (uint)random.Next(1, isWide ? 5_000 : 20);
            var found = default(JobDependencies);
            switch (random.Next(3))
            {
                case 0:
                    map.AddOverlaps(new BlockIndex(start), count, oldest, ref found);
                    break;
                default:
                    if (isWide)
                    {
                        map.WriteWide(next, new BlockIndex(start), count, oldest, ref found);
                    }
                    else
                    {
                        map.Write(next, new BlockIndex(start), count, oldest, ref found);
                    }

                    jobs.Add((next, start, count, isWide));
                    break;
            }

            Check(jobs.Where(job => job.Job != next && job.Job >= oldest).ToList(), start, count, found);
            if (random.Next(50) == 0)
            {
                oldest = next;
                jobs.RemoveAll(job => job.Job < oldest);
            }
        }
    }

    private static void Check(List<(JobId Job, ulong Start, uint Count, bool IsWide)> jobs, ulong start, uint count, JobDependencies found)
    {
        var overlapping = jobs.Where(job => job.Start < start + count && start < job.Start + job.Count).ToList();
        for (ulong block = start; block < start + Math.Min(count, 64); block++)
        {
            var last = overlapping.LastOrDefault(job => job.Start <= block && block < job.Start + job.Count);
            Assert.True(last == default || found.Contains(last.Job), $"block {block} without {last.Job}");
        }

        if (overlapping.Count <= JobDependencies.MaxRanges)
        {
            Assert.All(jobs.Except(overlapping), job => Assert.False(found.Contains(job.Job)));
        }
    }
}
