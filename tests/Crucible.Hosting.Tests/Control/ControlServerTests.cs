using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Crucible.Hosting.Tests;

/// <summary>What whoever speaks HTTP to a control server gets (I7, I8).</summary>
public sealed class ControlServerTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _client = new() { Timeout = Patience };
    private readonly TaskCompletionSource _verbBegun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ControlServer _server = null!;
    private int _made;

    public async Task InitializeAsync()
    {
        var routes = new ControlRoutes()
            .Get("/look", () => ControlAnswer.Json(new { Made = Interlocked.Increment(ref _made) }))
            .Get("/broken", () => throw new InvalidOperationException("what was\nnot expected"))
            .Get("/away", () => throw new ControlException(ControlAnswer.Unavailable, "not now"))
            .Post("/act", _ => Task.FromResult(ControlAnswer.Json(new FlushDone(1.5))))
            .Post<ReplaceRequest>("/replace", (request, _) => Task.FromResult(ControlAnswer.Text($"{request.Old} -> {request.New}")))
            .Post("/scrub", new ScrubRequest { Export = "left out" }, (request, _) => Task.FromResult(ControlAnswer.Text($"{request.Export}")))
            .Post("/wait", async token =>
            {
                _verbBegun.SetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
                return ControlAnswer.Text("never");
            });
        _server = await ControlServer.StartAsync(new ControlAddress("127.0.0.1", 0), routes);
        _client.BaseAddress = _server.Address;
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_document_is_answered_as_json()
    {
        using var answer = await _client.GetAsync("/look");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.True((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("made").GetInt32() >= 1);
    }

    [Fact]
    public async Task Head_tells_the_length_and_sends_nothing()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, "/look");
        using var answer = await _client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("GET", "/nothing", 404)]
    [InlineData("GET", "/", 404)]
    [InlineData("GET", "/look/", 404)]
    [InlineData("POST", "/look", 405)]
    [InlineData("DELETE", "/look", 405)]
    [InlineData("GET", "/act", 405)]
    [InlineData("GET", "/away", 503)]
    [InlineData("GET", "/broken", 500)]
    public async Task What_can_not_be_done_is_told_as_json(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await _client.SendAsync(request);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(status == 405, answer.Content.Headers.Allow.Count > 0);
        var error = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetString();
        Assert.False(string.IsNullOrWhiteSpace(error));
        Assert.DoesNotContain('\n', error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"old": "a:1"}""")]
    [InlineData("""{"old": "a:1", "new": null}""")]
    [InlineData("""{"old": "a:1", "new": 5}""")]
    [InlineData("""{"old": "a:1", "new": "b:1", "more": true}""")]
    public async Task A_body_that_does_not_fit_is_a_bad_request(string body)
    {
        using var content = new StringContent(body);
        using var answer = await _client.PostAsync("/replace", content);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotNull((await answer.Content.ReadFromJsonAsync<ControlError>())?.Error);
    }

    [Theory]
    [InlineData("", "left out")]
    [InlineData("{}", "")]
    [InlineData("""{"export": "a"}""", "a")]
    [InlineData("""{"exports": "a"}""", null)]
    [InlineData("rubbish", null)]
    public async Task A_body_that_may_be_left_out_must_fit_where_it_is_there(string body, string? told)
    {
        using var content = new StringContent(body);
        using var answer = await _client.PostAsync("/scrub", content);

        Assert.Equal(told is null ? HttpStatusCode.BadRequest : HttpStatusCode.OK, answer.StatusCode);
        Assert.True(told is null || told == await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_body_that_fits_is_acted_on_whatever_its_type_is_called()
    {
        using var content = new StringContent("""{"old": "a:1", "new": "b:1"}""", Encoding.UTF8, "application/x-www-form-urlencoded");
        using var answer = await _client.PostAsync("/replace", content);

        Assert.Equal("a:1 -> b:1", await answer.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task I7_a_body_that_is_too_long_is_refused(bool tellsItsLength)
    {
        using var content = new StreamContent(new MemoryStream(new byte[ControlLimits.MaxBodyBytes + 1]));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/replace") { Content = content };
        request.Headers.TransferEncodingChunked = !tellsItsLength;
        using var answer = await _client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.NotNull((await answer.Content.ReadFromJsonAsync<ControlError>())?.Error);
    }

    [Fact]
    public async Task A_request_of_a_web_page_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/act");
        request.Headers.Add("Origin", "http://somewhere.example");
        using var answer = await _client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory]
    [InlineData("rubbish\r\n\r\n", "HTTP/1.1 400")]
    [InlineData("GET /look HTTP/9.9\r\n\r\n", "HTTP/1.1 505")]
    [InlineData("GET /look HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HTTP/1.1 400")]
    [InlineData("POST /replace HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400")]
    [InlineData("\0\0\0\0\0\0\0\0\r\n\r\n", "HTTP/1.1 400")]
    public async Task I8_bytes_that_are_no_http_are_refused_and_the_server_goes_on(string bytes, string begins)
    {
        Assert.StartsWith(begins, await ExchangeAsync(Encoding.Latin1.GetBytes(bytes)), StringComparison.Ordinal);
        await A_document_is_answered_as_json();
    }

    [Fact]
    public async Task I8_noise_costs_its_own_connection_alone()
    {
        var random = new Random(20260101);
        for (var i = 0; i < 100; i++)
        {
            var noise = new byte[random.Next(1, 4096)];
            random.NextBytes(noise);
            await ExchangeAsync(noise, isAll: true);
        }

        await A_document_is_answered_as_json();
    }

    [Fact]
    public async Task I7_headers_and_first_lines_without_end_are_refused()
    {
        var line = Encoding.ASCII.GetBytes($"GET /{new string('a', ControlLimits.MaxRequestLineBytes)} HTTP/1.1\r\n\r\n");
        var headers = Encoding.ASCII.GetBytes($"GET /look HTTP/1.1\r\nHost: a\r\nX: {new string('a', ControlLimits.MaxHeaderBytes)}\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 414", await ExchangeAsync(line), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 431", await ExchangeAsync(headers), StringComparison.Ordinal);
    }

    [Fact]
    public async Task I7_connections_beyond_the_limit_are_closed_and_those_that_go_make_room()
    {
        var sockets = new List<Socket>();
        try
        {
            var closed = 0;
            for (var i = 0; i < ControlLimits.MaxConnections + 20; i++)
            {
                var socket = await ConnectAsync();
                sockets.Add(socket);
                await socket.SendAsync("GET /look HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
                using var limit = new CancellationTokenSource(Patience);
                closed += await ReceivedAsync(socket, limit.Token) == 0 ? 1 : 0;
            }

            Assert.Equal(20, closed);
        }
        finally
        {
            sockets.ForEach(s => s.Dispose());
        }

        // What they leave is noticed soon, though not at once.
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            using var socket = await ConnectAsync();
            await socket.SendAsync("GET /look HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), patience.Token);
            if (await ReceivedAsync(socket, patience.Token) > 0)
            {
                return;
            }
        }
    }

    [Fact]
    public async Task However_many_ask_an_answer_is_not_made_more_often_than_its_lifetime_says()
    {
        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        for (var i = 0; i < 500; i++)
        {
            await _client.GetStringAsync("/look");
        }

        var most = 1 + (System.Diagnostics.Stopwatch.GetElapsedTime(began) / ControlLimits.AnswerLifetime);
        Assert.InRange(_made, 1, most);
    }

    [Fact]
    public async Task What_follows_a_verb_is_seen_at_once()
    {
        await _client.GetStringAsync("/look");
        (await _client.PostAsync("/act", null)).Dispose();
        await _client.GetStringAsync("/look");

        Assert.Equal(2, _made);
    }

    [Fact]
    public async Task The_end_of_the_server_does_not_wait_for_a_verb_that_hangs()
    {
        async Task<bool> IsCutOffAsync()
        {
            try
            {
                (await _client.PostAsync("/wait", null)).Dispose();
                return false;
            }
            catch (HttpRequestException)
            {
                return true;
            }
        }

        var cutOff = IsCutOffAsync();
        await _verbBegun.Task.WaitAsync(Patience);

        await _server.DisposeAsync().AsTask().WaitAsync(Patience);

        Assert.True(await cutOff);
    }

    [Fact]
    public async Task A_taken_port_is_one_error_that_names_its_owner()
    {
        var error = await Assert.ThrowsAsync<ControlListenException>(
            () => ControlServer.StartAsync(new ControlAddress("127.0.0.1", _server.Address.Port), new ControlRoutes()));

        Assert.Contains($"port {_server.Address.Port} is in use by", error.Message, StringComparison.Ordinal);
        Assert.Contains($"(pid {Environment.ProcessId})", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData("no-such-host.invalid")]
    [InlineData("192.0.2.1")]
    public async Task An_address_that_is_not_ours_is_one_error(string host)
    {
        var error = await Assert.ThrowsAsync<ControlListenException>(
            () => ControlServer.StartAsync(new ControlAddress(host, 0), new ControlRoutes()));

        Assert.StartsWith($"--control: can't listen on {host}:0: ", error.Message, StringComparison.Ordinal);
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, _server.Address.Port);
        return socket;
    }

    // What comes back until the server closes the connection; told that this is all, it answers nothing any more.
    private async Task<string> ExchangeAsync(byte[] bytes, bool isAll = false)
    {
        using var socket = await ConnectAsync();
        var answer = new StringBuilder();
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            await socket.SendAsync(bytes, limit.Token);
            if (isAll)
            {
                socket.Shutdown(SocketShutdown.Send);
            }

            var buffer = new byte[1024];
            for (int received; (received = await socket.ReceiveAsync(buffer, limit.Token)) > 0;)
            {
                answer.Append(Encoding.Latin1.GetString(buffer, 0, received));
            }
        }
        catch (SocketException)
        {
            // Reset, with more of ours unread: an answer all the same.
        }

        return answer.ToString();
    }

    private static async Task<int> ReceivedAsync(Socket socket, CancellationToken cancellationToken)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1024], cancellationToken);
        }
        catch (SocketException)
        {
            return 0;
        }
    }
}
