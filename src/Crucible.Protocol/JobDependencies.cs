using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using MessagePack;

namespace Crucible.Protocol;

/// <summary>
/// The jobs that must come before a job, as ascending ranges of ids. It holds a fixed number of ranges and allocates
/// nothing: past that number the last range is stretched, which orders more than was asked and is never wrong.
/// </summary>
public struct JobDependencies : IEquatable<JobDependencies>
{
    /// <summary>Most ranges: more than the overlaps that a real workload shows, small enough to live in every job.</summary>
    public const int MaxRanges = 8;

    private Ranges _ranges;
    private int _count;

    /// <summary>How many ranges there are.</summary>
    public readonly int RangeCount => _count;

    public readonly bool IsEmpty => _count == 0;

    /// <summary>Range <paramref name="index"/>, ascending.</summary>
    public readonly JobRange this[int index]
    {
        get
        {
            Invariant.Require(index >= 0 && index < _count);
            return _ranges[index];
        }
    }

    /// <summary>All jobs from <paramref name="first"/> to the one before <paramref name="end"/>; empty where there are none.</summary>
    public static JobDependencies Between(JobId first, JobId end)
    {
        var dependencies = default(JobDependencies);
        if (first < end)
        {
            dependencies._ranges[0] = new JobRange(first, end.Value - first.Value);
            dependencies._count = 1;
        }

        return dependencies;
    }

    /// <summary>Adds one job; in any order, any number of times.</summary>
    public void Add(JobId job)
    {
        for (var i = 0; i < _count; i++)
        {
            ref var range = ref _ranges[i];
            if (job < range.First)
            {
                InsertBefore(i, job);
                return;
            }

            if (job <= range.Last)
            {
                return;
            }

            if (job.Value == range.Last.Value + 1)
            {
                range = range with { Count = range.Count + 1 };
                MergeWithNext(i);
                return;
            }
        }

        if (_count < MaxRanges)
        {
            _ranges[_count++] = new JobRange(job, 1);
            return;
        }

        ref var last = ref _ranges[_count - 1];
        last = last with { Count = job.Value - last.First.Value + 1 };
    }

    /// <summary>Whether <paramref name="job"/> is in one of the ranges.</summary>
    public readonly bool Contains(JobId job)
    {
        for (var i = 0; i < _count; i++)
        {
            if (job >= _ranges[i].First && job <= _ranges[i].Last)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes one array: first, count, first, count, …</summary>
    public readonly void Write(ref MessagePackWriter writer)
    {
        writer.WriteArrayHeader(_count * 2);
        for (var i = 0; i < _count; i++)
        {
            writer.Write(_ranges[i].First.Value);
            writer.Write(_ranges[i].Count);
        }
    }

    /// <exception cref="MessagePackSerializationException">Not pairs, too many, empty, or not ascending.</exception>
    public static JobDependencies Read(ref MessagePackReader reader)
    {
        var elements = reader.ReadArrayHeader();
        if (elements % 2 != 0 || elements > MaxRanges * 2)
        {
            throw new MessagePackSerializationException($"{elements} elements of dependencies");
        }

        var dependencies = default(JobDependencies);
        ulong next = 0;
        for (var i = 0; i < elements / 2; i++)
        {
            var first = reader.ReadUInt64();
            var count = reader.ReadUInt64();
            if (first < next || count == 0 || count > ulong.MaxValue - first)
            {
                throw new MessagePackSerializationException("dependencies are not ascending ranges");
            }

            next = first + count;
            dependencies._ranges[i] = new JobRange(new JobId(first), count);
            dependencies._count = i + 1;
        }

        return dependencies;
    }

    public readonly bool Equals(JobDependencies other)
    {
        if (_count != other._count)
        {
            return false;
        }

        for (var i = 0; i < _count; i++)
        {
            if (_ranges[i] != other._ranges[i])
            {
                return false;
            }
        }

        return true;
    }

    public override readonly bool Equals(object? obj) => obj is JobDependencies other && Equals(other);

    public override readonly int GetHashCode() => _count == 0 ? 0 : HashCode.Combine(_count, _ranges[0], _ranges[_count - 1]);

    public static bool operator ==(JobDependencies left, JobDependencies right) => left.Equals(right);

    public static bool operator !=(JobDependencies left, JobDependencies right) => !left.Equals(right);

    /// <summary>The guides' form, at most 16 ids: <c>[1000, 1001]</c>.</summary>
    public override readonly string ToString()
    {
        const int MostShown = 16;
        var text = new StringBuilder("[");
        var shown = 0;
        for (var i = 0; i < _count; i++)
        {
            for (ulong j = 0; j < _ranges[i].Count; j++)
            {
                if (shown == MostShown)
                {
                    return text.Append(CultureInfo.InvariantCulture, $", … {_ranges[_count - 1].Last}]").ToString();
                }

                text.Append(shown++ == 0 ? "" : ", ").Append(CultureInfo.InvariantCulture, $"{_ranges[i].First.Value + j}");
            }
        }

        return text.Append(']').ToString();
    }

    private void InsertBefore(int index, JobId job)
    {
        ref var next = ref _ranges[index];
        if (job.Value + 1 == next.First.Value || _count == MaxRanges)
        {
            next = new JobRange(job, next.Last.Value - job.Value + 1);
            return;
        }

        for (var i = _count; i > index; i--)
        {
            _ranges[i] = _ranges[i - 1];
        }

        _ranges[index] = new JobRange(job, 1);
        _count++;
    }

    private void MergeWithNext(int index)
    {
        if (index + 1 >= _count || _ranges[index].Last.Value + 1 != _ranges[index + 1].First.Value)
        {
            return;
        }

        _ranges[index] = _ranges[index] with { Count = _ranges[index].Count + _ranges[index + 1].Count };
        for (var i = index + 1; i + 1 < _count; i++)
        {
            _ranges[i] = _ranges[i + 1];
        }

        _count--;
    }

    [InlineArray(MaxRanges)]
    private struct Ranges
    {
        private JobRange _first;
    }
}

/// <summary>Jobs with consecutive ids; at least one.</summary>
/// <param name="First">The lowest id.</param>
/// <param name="Count">How many.</param>
public readonly record struct JobRange(JobId First, ulong Count)
{
    /// <summary>The highest id.</summary>
    public JobId Last => new(First.Value + Count - 1);
}
