namespace Crucible.Simulation;

/// <summary>
/// The bytes of a simulated file, by sectors: what readers see now, what lies on the platter, and for each sector written
/// since the last sync every version that the platter may hold instead. A sector that is absent is zeroes; a sector's bytes
/// are never changed in place, so that copies of a file share them.
/// </summary>
internal sealed class SimulatedFileContent
{
    public const int SectorBytes = 512;

    private Dictionary<int, Version> _unsynced = [];
    private HashSet<int> _lying = [];
    private readonly List<RottenBit> _rot = [];
    private byte[]?[] _current = [];
    private byte[]?[] _durable = [];
    private long _durableLength;

    public long Length { get; private set; }

    /// <summary>Bytes that were set aside: writing there never lacks space.</summary>
    public long PreallocatedBytes { get; private set; }

    /// <summary>A sync failed, and readers have seen since what is not on the platter and was not written again.</summary>
    public bool IsLying => _lying.Count > 0;

    public int Read(long offset, Span<byte> buffer)
    {
        var count = (int)Math.Clamp(Length - offset, 0, buffer.Length);
        for (var done = 0; done < count;)
        {
            var (sector, at) = Math.DivRem(offset + done, SectorBytes);
            var length = (int)Math.Min(SectorBytes - at, count - done);
            if (Sector(_current, (int)sector) is { } bytes)
            {
                bytes.AsSpan((int)at, length).CopyTo(buffer[done..]);
            }
            else
            {
                while (done + length < count && Sector(_current, (int)((offset + done + length) / SectorBytes)) is null)
                {
                    length = Math.Min(length + SectorBytes, count - done);
                }

                buffer.Slice(done, length).Clear();
            }

            done += length;
        }

        return count;
    }

    /// <summary>Whether the write would need sectors that have no space yet.</summary>
    public bool NeedsSpace(long offset, int length)
    {
        for (var sector = offset / SectorBytes; sector * SectorBytes < offset + length; sector++)
        {
            if (sector * SectorBytes >= PreallocatedBytes && Sector(_current, (int)sector) is null)
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
            var content = length == SectorBytes || Sector(_current, (int)sector) is not { } before
                ? new byte[SectorBytes]
                : (byte[])before.Clone();
            bytes.Slice(done, length).CopyTo(content.AsSpan((int)at));
            CarryRot((int)sector, content, (int)at, (int)at + length);
            Put((int)sector, content);
            done += length;
        }

        Length = Math.Max(Length, offset + bytes.Length);
    }

    /// <summary>The range becomes zeroes and takes no space.</summary>
    public void PunchHole(long offset, long length)
    {
        var end = Math.Min(offset + length, Length);
        for (var at = offset; at < end;)
        {
            var next = Math.Min(end, ((at / SectorBytes) + 1) * SectorBytes);
            if (Sector(_current, (int)(at / SectorBytes)) is not null)
            {
                Write(at, new byte[next - at]);
            }

            at = next;
        }
    }

    public void SetLength(long length)
    {
        for (var sector = length / SectorBytes; sector < _current.Length; sector++)
        {
            if (_current[sector] is { } before)
            {
                var content = new byte[SectorBytes];
                var kept = (int)Math.Clamp(length - (sector * SectorBytes), 0, SectorBytes);
                before.AsSpan(0, kept).CopyTo(content);
                CarryRot((int)sector, content, kept, SectorBytes);
                Put((int)sector, content);
            }
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
            Set(ref _durable, sector, _current[sector]);
        }

        _unsynced.Clear();
        _durableLength = Length;
    }

    /// <summary>What a sync that begins now is to make durable.</summary>
    public IReadOnlyDictionary<int, object> BeginSync() => _unsynced.ToDictionary(static u => u.Key, static u => (object)u.Value);

    /// <summary>A sync has ended well: what was there when it began is durable, what was written since is not.</summary>
    public void EndSync(IReadOnlyDictionary<int, object> begun)
    {
        foreach (var (sector, version) in begun)
        {
            if (version is not Version synced || !_unsynced.TryGetValue(sector, out var newest))
            {
                continue;
            }

            Set(ref _durable, sector, synced.Content);
            if (newest.Since(synced) is { } since)
            {
                _unsynced[sector] = since;
            }
            else
            {
                _unsynced.Remove(sector);
            }
        }

        _durableLength = Length;
    }

    /// <summary>A sync that failed: the cache still shows what was written, but no later sync will write it.</summary>
    public void FailSync()
    {
        _lying.UnionWith(_unsynced.Keys);
        _unsynced.Clear();
    }

    /// <summary>The power fails: each unsynced sector independently keeps any of the versions it had since the last sync.</summary>
    public void Crash(Random random, double keep)
    {
        var sectors = _unsynced.Keys.ToArray();
        Array.Sort(sectors);
        foreach (var sector in sectors)
        {
            if (random.NextDouble() < keep)
            {
                Set(ref _durable, sector, random.Next(4) != 0 ? _unsynced[sector].Content : _unsynced[sector].Pick(random));
            }
        }

        _unsynced.Clear();
        _durableLength = random.NextDouble() < keep ? Length : _durableLength;
        Length = _durableLength;
        var whole = (int)((Length + SectorBytes - 1) / SectorBytes);
        _current = _durable.AsSpan(0, Math.Min(_durable.Length, whole)).ToArray();
        _lying.Clear();
    }

    /// <summary>Damage at rest: the bytes change on the platter and for readers.</summary>
    public void Damage(long offset, ReadOnlySpan<byte> bytes)
    {
        Write(offset, bytes);
        for (var sector = offset / SectorBytes; sector * SectorBytes < offset + bytes.Length; sector++)
        {
            Set(ref _durable, (int)sector, _current[sector]);
            _unsynced.Remove((int)sector);
        }
    }

    /// <summary>A copy with the same past: what was not synced is not synced there either.</summary>
    public SimulatedFileContent Clone() => new()
    {
        Length = Length,
        PreallocatedBytes = PreallocatedBytes,
        _durableLength = _durableLength,
        _current = (byte[]?[])_current.Clone(),
        _durable = (byte[]?[])_durable.Clone(),
        _unsynced = new(_unsynced),
        _lying = [.. _lying],
    };

    /// <summary>A copy as readers see it, all of it durable.</summary>
    public SimulatedFileContent Copy()
    {
        var copy = new SimulatedFileContent
        {
            Length = Length,
            PreallocatedBytes = PreallocatedBytes,
            _durableLength = Length,
            _current = (byte[]?[])_current.Clone(),
        };
        copy._durable = (byte[]?[])_current.Clone();
        return copy;
    }

    /// <summary>A copy of what lies on the platter.</summary>
    public SimulatedFileContent CopyDurable() => new()
    {
        Length = _durableLength,
        PreallocatedBytes = PreallocatedBytes,
        _durableLength = _durableLength,
        _current = (byte[]?[])_durable.Clone(),
        _durable = (byte[]?[])_durable.Clone(),
    };

    /// <summary>The sectors that are not just zeroes that nobody wrote, between two sectors.</summary>
    public IReadOnlyList<int> UsedSectors(int first, int end) =>
        [.. Enumerable.Range(first, Math.Max(0, end - first)).Where(sector => Sector(_current, sector) is not null)];

    /// <summary>A bit flips at rest, on the platter and for readers, in a sector that is used.</summary>
    /// <param name="at">The byte in the sector.</param>
    public void Rot(int sector, int at, byte mask)
    {
        var content = Flipped(Sector(_current, sector)!, at, mask);
        CarryRot(sector, content, 0, 0);
        Replace(sector, content);
        _rot.Add(new RottenBit(sector, at, mask, content));
    }

    /// <summary>The flipped bits that readers see: those that nothing has written over since.</summary>
    public int RottenBits => _rot.Count(IsSeen);

    /// <summary>The bits that readers still see flipped are as they were.</summary>
    public void EndRot()
    {
        foreach (var one in _rot.Where(IsSeen).ToArray())
        {
            var content = Flipped(Sector(_current, one.Sector)!, one.At, one.Mask);
            CarryRot(one.Sector, content, 0, 0, except: one);
            Replace(one.Sector, content);
        }

        _rot.Clear();
    }

    /// <summary>What was flipped counts no more.</summary>
    public void ForgetRot() => _rot.Clear();

    private static byte[] Flipped(byte[] sector, int at, byte mask)
    {
        var flipped = (byte[])sector.Clone();
        flipped[at] ^= mask;
        return flipped;
    }

    private bool IsSeen(RottenBit one) => one.IsIn(Sector(_current, one.Sector));

    // A new version of a sector takes over what of the one before was not written over, rotten bits with it.
    private void CarryRot(int sector, byte[] made, int start, int end, RottenBit? except = null)
    {
        foreach (var one in _rot)
        {
            if (one.Sector == sector && one != except && Sector(_current, sector) is { } before)
            {
                one.OnMade(before, made, start, end);
            }
        }
    }

    // On the platter and for readers.
    private void Replace(int sector, byte[] content)
    {
        Set(ref _current, sector, content);
        Set(ref _durable, sector, content);
        _unsynced.Remove(sector);
    }

    private static byte[]? Sector(byte[]?[] sectors, int sector) => sector < sectors.Length ? sectors[sector] : null;

    private static void Set(ref byte[]?[] sectors, int sector, byte[]? content)
    {
        if (sector >= sectors.Length)
        {
            Array.Resize(ref sectors, Math.Max(sector + 1, Math.Max(16, sectors.Length * 2)));
        }

        sectors[sector] = content;
    }

    private void Put(int sector, byte[] content)
    {
        Set(ref _current, sector, content);
        _lying.Remove(sector);
        _unsynced[sector] = new Version(content, _unsynced.GetValueOrDefault(sector));
    }

    /// <summary>What a sector was since the last sync, newest first.</summary>
    private sealed record Version(byte[] Content, Version? Earlier)
    {
        /// <summary>The versions that are newer than that one; null if there are none.</summary>
        public Version? Since(Version synced) =>
            ReferenceEquals(this, synced) ? null : this with { Earlier = Earlier?.Since(synced) };

        public byte[] Pick(Random random)
        {
            var count = 0;
            for (var one = this; one is not null; one = one.Earlier)
            {
                count++;
            }

            var picked = this;
            for (var left = random.Next(count); left > 0; left--)
            {
                picked = picked.Earlier!;
            }

            return picked.Content;
        }
    }
}
