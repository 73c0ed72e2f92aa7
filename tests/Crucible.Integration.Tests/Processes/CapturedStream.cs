using System.Buffers;
using System.Diagnostics;
using System.Text;

namespace Crucible.Integration.Tests.Processes;

/// <summary>What a process writes, kept, and watched for.</summary>
internal sealed class CapturedStream
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private TaskCompletionSource _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public CapturedStream(Stream source)
    {
        Copying = CopyAsync(source);
    }

    /// <summary>Done at the end of the stream.</summary>
    public Task Copying { get; }

    public byte[] Bytes
    {
        get
        {
            lock (_bytes)
            {
                return _bytes.WrittenSpan.ToArray();
            }
        }
    }

    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>Waits for a text, and tells the rest of its line.</summary>
    public async Task<string> WaitForAsync(string text, TimeSpan patience)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var ended = Copying.IsCompleted;
            Task arrival;
            lock (_bytes)
            {
                arrival = _arrival.Task;
            }

            var content = Text;
            var at = content.IndexOf(text, StringComparison.Ordinal);
            var end = at < 0 ? -1 : content.IndexOf('\n', at);
            if (end >= 0)
            {
                return content[(at + text.Length)..end];
            }

            Assert.False(ended, $"'{text}' did not come: {content}");
            await Task.WhenAny(arrival, Copying).WaitAsync(patience - Stopwatch.GetElapsedTime(start));
        }
    }

    /// <summary>Waits until so many bytes have come, or the end.</summary>
    public async Task WaitForLengthAsync(int bytes, TimeSpan patience)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            Task arrival;
            lock (_bytes)
            {
                arrival = _arrival.Task;
                if (_bytes.WrittenCount >= bytes || Copying.IsCompleted)
                {
                    return;
                }
            }

            await Task.WhenAny(arrival, Copying).WaitAsync(patience - Stopwatch.GetElapsedTime(start));
        }
    }

    private async Task CopyAsync(Stream source)
    {
        var buffer = new byte[1 << 16];
        while (await source.ReadAsync(buffer) is > 0 and var read)
        {
            lock (_bytes)
            {
                _bytes.Write(buffer.AsSpan(0, read));
                _arrival.TrySetResult();
                _arrival = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
