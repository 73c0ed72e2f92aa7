namespace Crucible.Upstairs.Tests;

public sealed class JobTableTests
{
    [Fact]
    public void It_holds_the_jobs_from_the_oldest_unretired_to_the_newest()
    {
        var random = new Random(1);
        var table = new JobTable(50);
        var model = new SortedDictionary<ulong, bool>();
        Assert.Equal(64, table.Capacity);
        for (var step = 0; step < 20_000; step++)
        {
            if (table.Count < table.Capacity && random.Next(2) == 0)
            {
                var job = table.Add(RequestKind.Write);
                Assert.False(job.Retired || job.Answered || job.Delivering || job.DoneCount != 0);
                model.Add(job.Id.Value, false);
            }
            else if (model.Count > 0)
            {
                var id = model.Keys.ElementAt(random.Next(model.Count));
                table[new JobId(id)].Retired = model[id] = true;
                table.DropRetired();
                while (model.Count > 0 && model.First().Value)
                {
                    model.Remove(model.First().Key);
                }
            }

            Assert.Equal(model.Count, table.Count);
            Assert.Equal(model.Count == 0 ? table.Next.Value : model.First().Key, table.Oldest.Value);
            Assert.Null(table.Find(table.Next));
            Assert.Null(table.Find(new JobId(table.Oldest.Value - 1)));
            Assert.All(model.Keys, id => Assert.Equal(id, table.Find(new JobId(id))!.Id.Value));
        }
    }

    [Fact]
    public void Objects_of_dropped_jobs_serve_the_next_ones()
    {
        var table = new JobTable(1 << 16);
        var first = table.Add(RequestKind.Read);
        first.Retired = true;
        table.DropRetired();

        Assert.Same(first, table.Add(RequestKind.Write));
        Assert.False(first.Retired);
    }

    [Fact]
    public void A_job_beyond_the_capacity_is_a_bug()
    {
        var table = new JobTable(2);
        table.Add(RequestKind.Read);
        table.Add(RequestKind.Read);

        Assert.Throws<InvariantException>(() => table.Add(RequestKind.Read));
        Assert.Throws<InvariantException>(() => table[table.Next]);
    }
}
