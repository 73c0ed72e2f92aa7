namespace Crucible.Simulation;

/// <summary>
/// The bytes of a simulated file, by sectors: what readers see now, what lies on the platter, and for each sector written
/// since the last sync every version that the platter may hold instead. A sector that is absent is zeroes.
/// </summary>
internal sealed class SimulatedFileContent
{
    public const int SectorBytes = 512;

    private static readonly byte[] Zeroes = new byte[SectorBytes];

    private readonly Dictionary<long, byte[]> _current = [];
    private readonly Dictionary<long, byte[]> _durable = [];
    private readonly SortedDictionary<long, List<byte[]>> _unsynced = [];
    private long _durableLength;

    public long Length { get; private set; }

    /// <summary>Bytes that were set aside: writing there never lacks space.</summary>
    public long PreallocatedBytes { get; private set; }

    public int Read(long offset, Span<byte> buffer)
    {
        var count = (int)Math.Clamp(Length - offset, 0, buffer.Length);
        for (var done = 0; done < count;)
        {
            var (sector, at) = Math.DivRem(offset + done, SectorBytes);
            var length = (int)Math.Min(SectorBytes - at, count - done);
            _current.GetValueOrDefault(sector, Zeroes).AsSpan((int)at, length).CopyTo(buffer[done..]);
            done += length;
        }

        return count;
    }

    /// <summary>Whether the write would need sectors that have no space yet.</summary>
    public bool NeedsSpace(long offset, int length)
    {
        for (var sector = offset / SectorBytes; sector * SectorBytes < offset + length; sector++)
        {
            if (sector * SectorBytes >= PreallocatedBytes && !_current.ContainsKey(sector))
            {
                return true;
            }
        }

        return false;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        for (var done = 0; done < bytes.Length;)
        {
            var (sector, at) = Math.DivRem(offset + done, SectorBytes);
            var length = (int)Math.Min(SectorBytes - at, bytes.Length - done);
            var content = (byte[])_current.GetValueOrDefault(sector, Zeroes).Clone();
            bytes.Slice(done, length).CopyTo(content.AsSpan((int)at));
            Put(sector, content);
            done += length;
        }

        Length = Math.Max(Length, offset + bytes.Length);
    }

    public void SetLength(long length)
    {
        foreach (var sector in _current.Keys.Where(s => (s + 1) * SectorBytes > length).ToList())
        {
            var content = new byte[SectorBytes];
            var kept = (int)Math.Max(0, length - (sector * SectorBytes));
            _current[sector].AsSpan(0, kept).CopyTo(content);
            Put(sector, content);
        }

        Length = length;
        PreallocatedBytes = Math.Min(PreallocatedBytes, length);
    }

    public void Preallocate(long length)
    {
        Length = Math.Max(Length, length);
        PreallocatedBytes = Math.Max(PreallocatedBytes, length);
    }

    public void Sync()
    {
        foreach (var sector in _unsynced.Keys)
        {
            _durable[sector] = _current[sector];
        }

        _unsynced.Clear();
        _durableLength = Length;
    }

    /// <summary>A sync that failed: the cache still shows what was written, but no later sync will write it.</summary>
    public void FailSync() => _unsynced.Clear();

    /// <summary>The power fails: each unsynced sector independently keeps any of the versions it had since the last sync.</summary>
    public void Crash(Random random, double keep)
    {
        foreach (var (sector, versions) in _unsynced)
        {
            if (random.NextDouble() < keep)
            {
                _durable[sector] = random.Next(4) != 0 ? versions[^1] : versions[random.Next(versions.Count)];
            }
        }

        _unsynced.Clear();
        _durableLength = random.NextDouble() < keep ? Length : _durableLength;
        Length = _durableLength;
        _current.Clear();
        foreach (var (sector, content) in _durable)
        {
            if (sector * SectorBytes < Length)
            {
                _current[sector] = content;
            }
        }
    }

    /// <summary>Damage at rest: the bytes change on the platter and for readers.</summary>
    public void Damage(long offset, ReadOnlySpan<byte> bytes)
    {
        Write(offset, bytes);
        for (var sector = offset / SectorBytes; sector * SectorBytes < offset + bytes.Length; sector++)
        {
            _durable[sector] = _current[sector];
            _unsynced.Remove(sector);
        }
    }

    private void Put(long sector, byte[] content)
    {
        _current[sector] = content;
        if (!_unsynced.TryGetValue(sector, out var list))
        {
            _unsynced.Add(sector, list = []);
        }

        list.Add(content);
    }
}
