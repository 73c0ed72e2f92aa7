using System.Diagnostics;
using Crucible.Nbd.Tests.Conformance.Raw;
using Crucible.Tests.Shared;

namespace Crucible.Nbd.Tests.Conformance.Peers;

/// <summary>
/// A program of the system, running. It has a thread of its own, which starts it and waits for its end: nbdkit asks the kernel
/// to be ended when its parent is, and for the kernel that is the thread that started it, which of a pool may end at any time.
/// </summary>
internal sealed class SystemProgram : IAsyncDisposable
{
    private const int MostErrorCharacters = 4000;

    private readonly string _name;
    private readonly string[] _arguments;
    private readonly TaskCompletionSource<Process> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<int> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private string _errors = "";

    private SystemProgram(string name, string[] arguments)
    {
        _name = name;
        _arguments = arguments;
    }

    /// <summary>Whether it has ended by itself.</summary>
    public bool HasEnded => _ended.Task.IsCompleted;

    public static async Task<SystemProgram> StartAsync(string name, params string[] arguments)
    {
        var program = new SystemProgram(name, arguments);
        new Thread(program.Run) { IsBackground = true, Name = name }.Start();
        await program._started.Task.WaitAsync(RawConnection.Patience);
        return program;
    }

    /// <summary>Runs one to its end, which must be a success.</summary>
    public static async Task RunAsync(string name, params string[] arguments)
    {
        await using var program = await StartAsync(name, arguments);
        var code = await program._ended.Task.WaitAsync(RawConnection.Patience);
        Assert.True(code == 0, program.ToString());
    }

    public override string ToString() => $"{_name}{(HasEnded ? " has ended" : "")}: {_errors}";

    /// <summary>Ends it, if it has not ended.</summary>
    public async ValueTask DisposeAsync()
    {
        var process = await _started.Task.WaitAsync(RawConnection.Patience);
        process.Kill();
        await _ended.Task.WaitAsync(RawConnection.Patience);
        process.Dispose();
    }

    private void Run()
    {
        try
        {
            var process = Process.Start(new ProcessStartInfo(RequiresToolFactAttribute.FindTool(_name)!, _arguments)
            {
                RedirectStandardError = true,
            })!;

            // Read all the time, or it would come to wait for that.
            process.ErrorDataReceived += (_, line) => Note(line.Data);
            process.BeginErrorReadLine();
            _started.SetResult(process);
            process.WaitForExit();
            _ended.SetResult(process.ExitCode);
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            _started.TrySetException(e);
            _ended.TrySetException(e);
        }
    }

    // The last of it, which is what tells why it ended.
    private void Note(string? line)
    {
        var errors = $"{_errors}\n{line}";
        _errors = errors[Math.Max(0, errors.Length - MostErrorCharacters)..];
    }
}
