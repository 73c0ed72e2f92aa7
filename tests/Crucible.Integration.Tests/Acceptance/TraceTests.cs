using System.Globalization;
using System.Runtime.Versioning;
using Crucible.Integration.Tests.Processes;
using Crucible.Tests.Shared;

namespace Crucible.Integration.Tests.Acceptance;

/// <summary>One trace holds a request's whole way: through the upstairs, over the wire, through three downstairs into their journals.</summary>
[SupportedOSPlatform("linux")]
public sealed class TraceTests : IAsyncLifetime, IDisposable
{
    private readonly UdpCapture _agent = new();
    private DownstairsTrio _trio = null!;

    private string Endpoint => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_agent.Port}");

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _trio.DisposeAsync();

    public void Dispose() => _agent.Dispose();

    [RequiresPythonModuleFact("thrift")]
    public async Task A_write_a_flush_and_a_read_are_one_trace_each_across_all_processes()
    {
        await StartTrioAsync();
        var spans = await TraceTheGuidesRunAsync();

        var write = TraceOf("guest.write", spans);
        AssertBelow(write, "guest.write", "upstairs.admission", 1);
        AssertBelow(write, "guest.write", "upstairs.send", 6);
        AssertBelow(write, "upstairs.send", "downstairs.write", 6);
        AssertBelow(write, "downstairs.write", "journal.append", 6);
        AssertEveryReplicaServed(write, "downstairs.write");

        var flush = TraceOf("guest.flush", spans);
        AssertBelow(flush, "guest.flush", "upstairs.send", 3);
        AssertBelow(flush, "upstairs.send", "downstairs.flush", 3);
        AssertBelow(flush, "downstairs.flush", "journal.fsync", 3);
        AssertEveryReplicaServed(flush, "downstairs.flush");

        var read = TraceOf("guest.read", spans);
        AssertBelow(read, "guest.read", "upstairs.send", 2);
        AssertBelow(read, "upstairs.send", "downstairs.read", 2);
    }

    [RequiresPythonModuleFact("thrift")]
    public async Task An_encrypted_volumes_write_shows_the_encryption_before_it_is_submitted()
    {
        await StartTrioAsync("--encrypted");
        var key = _trio.FileNamed("key");
        await File.WriteAllBytesAsync(key, [.. Enumerable.Range(1, 32).Select(i => (byte)i)]);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var spans = await TraceTheGuidesRunAsync("--key-file", key);

        var write = TraceOf("guest.write", spans);
        AssertBelow(write, "guest.write", "upstairs.encrypt", 1);
        AssertBelow(write, "guest.write", "upstairs.admission", 1);
        var encrypt = write.Single(span => span.Name == "upstairs.encrypt");
        Assert.All(
            write.Where(span => span.Name is "upstairs.admission" or "upstairs.send"),
            span => Assert.True(span.Start >= encrypt.End, $"{span} began before {encrypt} ended"));
        Assert.DoesNotContain(TraceOf("guest.read", spans), span => span.Name == "upstairs.encrypt");
    }

    private Task StartTrioAsync(params string[] createArguments)
    {
        _trio = new DownstairsTrio(Geometry.Guide) { CreateArguments = createArguments, DownstairsArguments = ["--trace-endpoint", Endpoint] };
        return _trio.InitializeAsync();
    }

    // A program that has ended has sent all its spans.
    private async Task<List<Span>> TraceTheGuidesRunAsync(params string[] arguments)
    {
        (await _trio.UpstairsAsync(["-q", "--trace-endpoint", Endpoint, .. arguments])).Expect(0);
        await _trio.StopAllAsync();
        return Span.Decode(_agent.TakeAll());
    }

    // The guide's write and read span two extents: two jobs, each sent to whom it concerns.
    private static List<Span> TraceOf(string root, List<Span> spans)
    {
        var first = spans.First(span => span.Name == root);
        Assert.Equal("crucible-upstairs", first.Service);
        Assert.Equal(0, first.Parent);
        return [.. spans.Where(span => span.Trace == first.Trace)];
    }

    private static void AssertBelow(List<Span> trace, string parent, string child, int count)
    {
        var parents = trace.Where(span => span.Name == parent).Select(span => span.Id).ToHashSet();
        var children = trace.Where(span => span.Name == child).ToList();
        Assert.True(children.Count == count, $"{children.Count} {child} instead of {count}:\n{string.Join('\n', trace)}");
        Assert.All(children, span => Assert.Contains(span.Parent, parents));
    }

    private static void AssertEveryReplicaServed(List<Span> trace, string name)
    {
        var served = trace.Where(span => span.Name == name).ToList();
        Assert.All(served, span => Assert.Equal("crucible-downstairs", span.Service));
        Assert.Equal(3, served.Select(span => span.ProcessId).Distinct().Count());
    }
}
