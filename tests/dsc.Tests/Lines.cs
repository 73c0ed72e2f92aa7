using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;

namespace Crucible.Dsc.Tests;

/// <summary>A writer that keeps the lines written to it and lets a test wait for one. Safe for several threads.</summary>
internal sealed class Lines : TextWriter
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<string> _all = new();
    private readonly Channel<string> _unread = Channel.CreateUnbounded<string>();

    public override Encoding Encoding => Encoding.UTF8;

    public IReadOnlyList<string> All => [.. _all];

    public override void WriteLine(string? value) => Add(value ?? "");

    public void Add(string line)
    {
        _all.Enqueue(line);
        _unread.Writer.TryWrite(line);
    }

    /// <summary>The next line that holds a text, of those that no earlier call has passed.</summary>
    public async Task<string> NextAsync(string text)
    {
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            while (true)
            {
                var line = await _unread.Reader.ReadAsync(limit.Token);
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    return line;
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"no line with '{text}' came; there were:\n{string.Join('\n', _all)}");
        }
    }
}
