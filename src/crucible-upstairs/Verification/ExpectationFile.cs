using System.Globalization;
using System.Text;

namespace Crucible.Upstairs.Program;

/// <summary>
/// An <see cref="Expectation"/> that survives its process: a text file that only grows. A write's line is there before the
/// write is made, a flush's only after it was acknowledged; a last line without its end was never acted on.
/// <code>
///  crucible-expectation 1 VOLUME BLOCK-SIZE FIRST-BLOCK BLOCK-COUNT     the range, made zeroes and flushed before this line
///  fill SEED                                                           a fill begins; its writes use this seed
///  w NUMBER FIRST-BLOCK BLOCK-COUNT                                     a write is about to be made
///  f NUMBER                                                             a flush was acknowledged: writes up to this one are durable
///  s NUMBER                                                             after a crash this write was found to be the last
/// </code>
/// </summary>
internal sealed class ExpectationFile : IDisposable
{
    private const string Header = "crucible-expectation 1";

    private readonly string _path;
    private readonly FileStream _file;

    private ExpectationFile(string path, FileStream file, Expectation expectation)
    {
        _path = path;
        _file = file;
        Expectation = expectation;
    }

    public Expectation Expectation { get; }

    /// <summary>Begins a file for a range that is all zeroes and flushed.</summary>
    public static ExpectationFile Create(string path, Volume volume, ulong firstBlock, ulong blockCount)
    {
        var file = new ExpectationFile(
            path,
            Open(path, FileMode.CreateNew),
            new Expectation(volume.Id.Value, (uint)volume.BlockSizeBytes, firstBlock, blockCount));
        file.Append($"{Header} {volume.Id} {volume.BlockSizeBytes} {firstBlock} {blockCount}");
        return file;
    }

    /// <summary>Reads a file and makes ready to go on with it.</summary>
    /// <exception cref="CommandFailedException">It can't be read or is no expectation.</exception>
    public static ExpectationFile Load(string path)
    {
        var file = Open(path, FileMode.Open);
        try
        {
            using var reader = new StreamReader(file, Encoding.ASCII, leaveOpen: true);
            var text = reader.ReadToEnd();
            var whole = text.LastIndexOf('\n') + 1;
            var expectation = Parse(path, text[..whole]);
            file.SetLength(whole);
            file.Position = whole;
            return new ExpectationFile(path, file, expectation);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A fill begins.</summary>
    public void BeginFill(ulong seed)
    {
        Expectation.UseSeed(seed);
        Append($"fill {seed}");
    }

    /// <summary>A write is about to be made.</summary>
    public void Add(FillWrite write)
    {
        Invariant.Require(Expectation.TryAdd(write));
        Append($"w {write.Number} {write.First} {write.BlockCount}");
    }

    /// <summary>A flush was acknowledged that covers all writes so far.</summary>
    public void Flushed()
    {
        Expectation.Flushed();
        Append($"f {Expectation.LastWrite}");
    }

    /// <summary>Writes after this one have not happened.</summary>
    public void SettleAt(uint write)
    {
        Expectation.SettleAt(write);
        Append($"s {write}");
    }

    public void Dispose() => _file.Dispose();

    private static FileStream Open(string path, FileMode mode)
    {
        try
        {
            return new FileStream(path, mode, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"expectation file {path}: {e.Message}");
        }
    }

    private static Expectation Parse(string path, string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Expectation? expectation = null;
        for (var i = 0; i < lines.Length; i++)
        {
            var fields = lines[i].Split(' ');
            var understood = expectation is null ? TryBegin(lines[i], fields, out expectation) : TryApply(expectation, fields);
            if (!understood)
            {
                throw new CommandFailedException($"expectation file {path}: line {i + 1} makes no sense: {lines[i]}");
            }
        }

        return expectation ?? throw new CommandFailedException($"expectation file {path} is empty: remove it, and fill begins it anew");
    }

    private static bool TryBegin(string line, string[] fields, out Expectation? expectation)
    {
        expectation = line.StartsWith(Header + " ", StringComparison.Ordinal) && fields.Length == 6
            && Guid.TryParse(fields[2], out var volume) && TryNumber(fields[3], uint.MaxValue, out var blockSize)
            && TryNumber(fields[4], long.MaxValue, out var first) && TryNumber(fields[5], (ulong)Array.MaxLength, out var count)
            ? new Expectation(volume, (uint)blockSize, first, count)
            : null;
        return expectation is not null;
    }

    private static bool TryApply(Expectation expectation, string[] fields)
    {
        switch (fields)
        {
            case ["fill", var seed] when TryNumber(seed, ulong.MaxValue, out var value):
                expectation.UseSeed(value);
                return true;
            case ["w", var number, var first, var count] when TryNumber(number, uint.MaxValue, out var n)
                && TryNumber(first, long.MaxValue, out var f) && TryNumber(count, uint.MaxValue, out var c):
                return expectation.TryAdd(new FillWrite((uint)n, f, (uint)c));
            case ["f", var number] when TryNumber(number, uint.MaxValue, out var flushed) && flushed == expectation.LastWrite:
                expectation.Flushed();
                return true;
            case ["s", var number] when TryNumber(number, expectation.LastWrite, out var settled) && settled >= expectation.LastFlushed:
                expectation.SettleAt((uint)settled);
                return true;
            default:
                return false;
        }
    }

    private static bool TryNumber(string text, ulong most, out ulong number) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= most;

    private void Append(FormattableString line)
    {
        try
        {
            _file.Write(Encoding.ASCII.GetBytes(line.ToString(CultureInfo.InvariantCulture) + "\n"));
        }
        catch (IOException e)
        {
            throw new CommandFailedException($"expectation file {_path}: {e.Message}");
        }
    }
}
