using Crucible.Storage;

namespace Crucible.Simulation;

/// <summary>
/// A directory on a simulated disk. It keeps what is synced apart from what is not: <see cref="Crash"/> drops any part of
/// the latter, by a seeded choice, at the granularity of 512-byte sectors and of single names. Operations can be made to
/// fail. Everything happens on the calling thread.
/// </summary>
public sealed class SimulatedStorage : IStorageDirectory
{
    private readonly SortedDictionary<string, SimulatedFileContent?> _names = new(StringComparer.Ordinal) { [""] = null };
    private readonly SortedDictionary<string, SimulatedFileContent?> _durableNames = new(StringComparer.Ordinal) { [""] = null };
    private readonly List<NameChange> _unsyncedNames = [];
    private readonly Dictionary<string, int> _locks = [];
    private int _life;
    private Action? _onDeath;

    /// <inheritdoc/>
    public string Path { get; init; } = "simulated";

    /// <inheritdoc/>
    public long AvailableBytes { get; set; } = long.MaxValue;

    /// <summary>What fails, and when.</summary>
    public SimulatedFailures Failures { get; } = new();

    /// <summary>File syncs that succeeded.</summary>
    public int SyncCount { get; internal set; }

    /// <summary>A file sync of the process that lives failed.</summary>
    public bool HasFailedSync { get; internal set; }

    /// <summary>File writes that succeeded.</summary>
    public int WriteCount { get; internal set; }

    /// <summary>How often the system was told that a range need not be kept in memory.</summary>
    public int ForgottenRanges { get; internal set; }

    /// <summary>Names of all files that exist now.</summary>
    public IReadOnlyList<string> Files => [.. _names.Where(n => n.Value is not null).Select(n => n.Key)];

    /// <summary>Another disk with the same past; open files and locks stay with this one.</summary>
    public SimulatedStorage Clone()
    {
        var clone = new SimulatedStorage { Path = Path, AvailableBytes = AvailableBytes };
        var contents = new Dictionary<SimulatedFileContent, SimulatedFileContent>();
        SimulatedFileContent? CloneOf(SimulatedFileContent? content)
        {
            if (content is null)
            {
                return null;
            }

            if (!contents.TryGetValue(content, out var copy))
            {
                contents.Add(content, copy = content.Clone());
            }

            return copy;
        }

        foreach (var (name, content) in _names)
        {
            clone._names[name] = CloneOf(content);
        }

        foreach (var (name, content) in _durableNames)
        {
            clone._durableNames[name] = CloneOf(content);
        }

        clone._unsyncedNames.AddRange(_unsyncedNames.Select(c => c with { Content = CloneOf(c.Content) }));
        return clone;
    }

    /// <summary>The process dies; the machine lives: nothing written is lost, nothing is synced that was not.</summary>
    public void Kill()
    {
        _life++;
        _locks.Clear();
        HasFailedSync = false;
    }

    /// <summary>The machine loses power.</summary>
    /// <param name="keep">How likely each thing unsynced survives: 0 to 1.</param>
    public void Crash(Random random, double keep)
    {
        Kill();
        foreach (var change in _unsyncedNames)
        {
            if (random.NextDouble() < keep)
            {
                change.ApplyTo(_durableNames);
            }
        }

        _unsyncedNames.Clear();
        _names.Clear();
        foreach (var (name, content) in _durableNames)
        {
            // A file whose directory was lost is lost with it.
            if (name.Length == 0 || _names.ContainsKey(Parent(name)))
            {
                _names[name] = content;
            }
        }

        _durableNames.Clear();
        foreach (var (name, content) in _names)
        {
            content?.Crash(random, keep);
            _durableNames[name] = content;
        }
    }

    /// <summary>A sync of one of the files failed, and since then readers see what is not on the platter.</summary>
    public bool IsLying => _names.Values.Any(static content => content is { IsLying: true });

    /// <summary>A copy of the whole directory as readers see it, all of it durable: what <c>cp -a</c> and a sync make.</summary>
    public SimulatedStorage Copy()
    {
        var copy = new SimulatedStorage { Path = Path, AvailableBytes = AvailableBytes };
        foreach (var (name, content) in _names)
        {
            var copied = content?.Copy();
            copy._names[name] = copied;
            copy._durableNames[name] = copied;
        }

        return copy;
    }

    /// <summary>A copy of what lies on the platter, without anything that was not synced.</summary>
    public SimulatedStorage CopyDurable()
    {
        var copy = new SimulatedStorage { Path = Path, AvailableBytes = AvailableBytes };
        foreach (var (name, content) in _durableNames)
        {
            var copied = content?.CopyDurable();
            copy._names[name] = copied;
            copy._durableNames[name] = copied;
        }

        return copy;
    }

    /// <summary>Becomes what a copy is; the process dies.</summary>
    public void Restore(SimulatedStorage copy)
    {
        Kill();
        _unsyncedNames.Clear();
        _names.Clear();
        _durableNames.Clear();
        foreach (var (name, content) in copy._names)
        {
            var copied = content?.Copy();
            _names[name] = copied;
            _durableNames[name] = copied;
        }
    }

    /// <summary>
    /// Calls <paramref name="onDeath"/>, which throws, before (or, of a write, in the middle of) the operation that comes
    /// after so many others that change something; null takes that back.
    /// </summary>
    internal void DieAfter(int operations, double fraction, Action? onDeath)
    {
        OperationsLeft = operations;
        DeathFraction = fraction;
        _onDeath = onDeath;
    }

    /// <summary>A sync of the file begins: what was written by now is what <see cref="EndSync"/> makes durable.</summary>
    public IReadOnlyDictionary<int, object> BeginSync(string name) => Content(name).BeginSync();

    /// <summary>The sync that began then has ended well.</summary>
    public void EndSync(string name, IReadOnlyDictionary<int, object> begun) => Content(name).EndSync(begun);

    /// <summary>All bytes of a file.</summary>
    public byte[] ReadAll(string name)
    {
        var content = Content(name);
        var bytes = new byte[content.Length];
        content.Read(0, bytes);
        return bytes;
    }

    /// <summary>Changes bytes at rest.</summary>
    public void Damage(string name, long offset, ReadOnlySpan<byte> bytes) => Content(name).Damage(offset, bytes);

    /// <summary>Flips one bit at rest.</summary>
    public void FlipBit(string name, long offset, int bit)
    {
        Span<byte> value = stackalloc byte[1];
        Content(name).Read(offset, value);
        value[0] ^= (byte)(1 << bit);
        Damage(name, offset, value);
    }

    /// <summary>Changes a file's length at rest.</summary>
    public void DamageLength(string name, long length)
    {
        Content(name).SetLength(length);
        Content(name).Sync();
    }

    /// <summary>Loses a file.</summary>
    public void Lose(string name)
    {
        _names.Remove(name);
        _durableNames.Remove(name);
    }

    /// <inheritdoc/>
    public IStorageFile? Open(string name, StorageOpenMode mode)
    {
        if (_names.TryGetValue(name, out var content))
        {
            return content is null ? throw Error(name, "is a directory") : new SimulatedFile(this, content, name, _life);
        }

        if (mode != StorageOpenMode.Create)
        {
            return null;
        }

        content = new SimulatedFileContent();
        Change(new NameChange(name, content, null));
        return new SimulatedFile(this, content, name, _life);
    }

    /// <inheritdoc/>
    public bool Exists(string name) => _names.ContainsKey(name);

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string name) =>
        [.. _names.Keys.Where(n => n.Length != 0 && Parent(n) == name).Select(n => n[(n.LastIndexOf('/') + 1)..])];

    /// <inheritdoc/>
    public void CreateDirectory(string name)
    {
        if (!_names.ContainsKey(name))
        {
            Change(new NameChange(name, null, null));
        }
    }

    /// <inheritdoc/>
    public void Rename(string from, string to) => Change(new NameChange(to, Content(from), from));

    /// <inheritdoc/>
    public void Delete(string name)
    {
        if (_names.ContainsKey(name))
        {
            Change(new NameChange(null, null, name));
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string name)
    {
        CountOperation();
        Failures.BeforeSync(name);
        for (var i = 0; i < _unsyncedNames.Count;)
        {
            if (_unsyncedNames[i].Directory == name)
            {
                _unsyncedNames[i].ApplyTo(_durableNames);
                _unsyncedNames.RemoveAt(i);
            }
            else
            {
                i++;
            }
        }
    }

    /// <inheritdoc/>
    public IDisposable? TryLock(string name, bool exclusive, out string holder)
    {
        holder = "";
        var holders = _locks.GetValueOrDefault(name);
        if (holders < 0 || (exclusive && holders > 0))
        {
            holder = "pid 1";
            return null;
        }

        _locks[name] = exclusive ? -1 : holders + 1;
        return new Held(this, name, _life);
    }

    internal int OperationsLeft { get; private set; }

    /// <summary>How much of its work the write does in which the process dies.</summary>
    internal double DeathFraction { get; private set; }

    /// <summary>Whether the process dies in the operation that begins now.</summary>
    internal bool DiesNow() => _onDeath is not null && OperationsLeft-- <= 0;

    internal void Die()
    {
        var onDeath = _onDeath!;
        _onDeath = null;
        onDeath();
    }

    internal void CountOperation()
    {
        if (DiesNow())
        {
            Die();
        }
    }

    internal SimulatedFileContent ContentOf(string name) => Content(name);

    internal bool IsAlive(int life) => life == _life;

    private static StorageException Error(string name, string what) => new(ErrorCode.IoError, $"simulated/{name} {what}");

    private static string Parent(string name) => name.LastIndexOf('/') is >= 0 and var slash ? name[..slash] : "";

    private SimulatedFileContent Content(string name) =>
        _names.GetValueOrDefault(name) ?? throw Error(name, "does not exist");

    private void Change(NameChange change)
    {
        CountOperation();
        if (change.To is not null && !_names.ContainsKey(Parent(change.To)))
        {
            throw Error(change.To, "has no directory");
        }

        change.ApplyTo(_names);
        _unsyncedNames.Add(change);
    }

    /// <summary>A name made, or given another, or removed.</summary>
    private sealed record NameChange(string? To, SimulatedFileContent? Content, string? From)
    {
        public string Directory => Parent(To ?? From!);

        public void ApplyTo(SortedDictionary<string, SimulatedFileContent?> names)
        {
            if (From is not null && !names.Remove(From))
            {
                return;
            }

            if (To is not null)
            {
                names[To] = Content;
            }
        }
    }

    private sealed class Held(SimulatedStorage storage, string name, int life) : IDisposable
    {
        private bool _released;

        public void Dispose()
        {
            if (!_released && storage.IsAlive(life))
            {
                storage._locks[name] = Math.Max(0, storage._locks[name] - 1);
            }

            _released = true;
        }
    }
}
