using System.Net;
using System.Text.Json;
using Crucible.Integration.Tests.Processes;

namespace Crucible.Integration.Tests.Control;

/// <summary>The control endpoints of a running program, as curl would see them.</summary>
internal sealed class ControlUrl : IDisposable
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(20);

    private readonly HttpClient _client;

    private ControlUrl(string address)
    {
        Address = address;
        _client = new HttpClient { BaseAddress = new Uri(address), Timeout = RunningProgram.Patience };
    }

    /// <summary>As the program printed it.</summary>
    public string Address { get; }

    /// <summary>The endpoints of a client program, which prints where they are on its standard error.</summary>
    public static async Task<ControlUrl> OfAsync(RunningProgram program) => new((await program.WaitForErrorAsync("control: ")).Trim());

    /// <summary>The endpoints at an address.</summary>
    public static ControlUrl At(string address) => new(address);

    public async Task<(HttpStatusCode Status, string Body)> GetAsync(string path)
    {
        using var answer = await _client.GetAsync(path);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    public async Task<(HttpStatusCode Status, string Body)> PostAsync(string path, string? body = null)
    {
        using var content = body is null ? null : new StringContent(body);
        using var answer = await _client.PostAsync(path, content);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The document at a path, which must be there.</summary>
    public async Task<JsonElement> JsonAsync(string path)
    {
        var (status, body) = await GetAsync(path);
        Assert.True(status == HttpStatusCode.OK, $"{path}: {status} {body}");
        return JsonDocument.Parse(body).RootElement;
    }

    /// <summary>Asks until the answer is as wanted.</summary>
    public async Task<string> WaitAsync(string path, Func<HttpStatusCode, string, bool> isWanted)
    {
        using var limit = new CancellationTokenSource(RunningProgram.Patience);
        using var poll = new PeriodicTimer(Poll);
        while (true)
        {
            var (status, body) = await GetAsync(path);
            if (isWanted(status, body))
            {
                return body;
            }

            Assert.True(await poll.WaitForNextTickAsync(limit.Token));
        }
    }

    public void Dispose() => _client.Dispose();
}
