using System.Net.Http.Json;
using System.Text.Json;
using Crucible.Hosting;

namespace Crucible.Upstairs.Program;

/// <summary>Speaks to a program that serves <c>--control</c>. Its answers are limited: what answers may be anything (I8).</summary>
internal sealed class ControlClient : IDisposable
{
    /// <summary>Far more than the largest answer, a full history.</summary>
    private const int MaxAnswerBytes = 8 << 20;

    /// <summary>What only looks is answered at once, or never.</summary>
    private static readonly TimeSpan LookLimit = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client;
    private readonly Uri _address;

    public ControlClient(Uri address)
    {
        _address = address;
        _client = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = LookLimit })
        {
            BaseAddress = address,
            MaxResponseContentBufferSize = MaxAnswerBytes,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>The document at a path.</summary>
    /// <exception cref="ControlUnreachableException">Nobody answers there.</exception>
    /// <exception cref="CommandFailedException">The answer is an error, or none of ours.</exception>
    public async Task<JsonElement> GetAsync(string path, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(LookLimit);
        try
        {
            return await SendAsync(token => _client.GetAsync(path, token), limit.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new ControlUnreachableException($"{_address.Authority} does not answer");
        }
    }

    /// <summary>Does a verb, however long it takes, and tells its answer.</summary>
    /// <exception cref="ControlUnreachableException">Nobody answers there.</exception>
    /// <exception cref="CommandFailedException">The answer is an error, or none of ours.</exception>
    public Task<JsonElement> PostAsync<T>(string path, T body, CancellationToken stop) =>
        SendAsync(token => _client.PostAsJsonAsync(path, body, JsonOutput.Compact, token), stop);

    /// <summary>A document as what it should be.</summary>
    /// <exception cref="CommandFailedException">It is something else.</exception>
    public T Read<T>(JsonElement document)
    {
        try
        {
            return document.Deserialize<T>(JsonOutput.Compact)
                ?? throw new CommandFailedException($"what answers at {_address.Authority} has nothing to tell");
        }
        catch (JsonException)
        {
            throw new CommandFailedException($"what answers at {_address.Authority} is of another version, or no program of Crucible");
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<JsonElement> SendAsync(Func<CancellationToken, Task<HttpResponseMessage>> send, CancellationToken stop)
    {
        try
        {
            using var answer = await send(stop);
            var document = await answer.Content.ReadFromJsonAsync<JsonElement>(stop);
            return answer.IsSuccessStatusCode ? document : throw new CommandFailedException(ErrorOf(document));
        }
        catch (JsonException)
        {
            throw new CommandFailedException($"what answers at {_address.Authority} is no program of Crucible");
        }
        catch (HttpRequestException e)
        {
            throw e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                ? new ControlUnreachableException($"nobody answers at {_address.Authority}: is the program still running, and was it started with --control?")
                : new CommandFailedException($"{_address.Authority}: {e.Message}");
        }
    }

    private string ErrorOf(JsonElement document) =>
        document.ValueKind == JsonValueKind.Object && document.TryGetProperty("error", out var error) && error.GetString() is { } text
            ? text
            : $"what answers at {_address.Authority} is no program of Crucible";
}

/// <summary>Nobody answers at the control address.</summary>
internal sealed class ControlUnreachableException(string message) : CrucibleException(message), IOneLineError
{
    /// <inheritdoc/>
    public int ExitCode => Hosting.ExitCode.Unavailable;
}
