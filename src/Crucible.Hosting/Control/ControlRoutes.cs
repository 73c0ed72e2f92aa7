using System.Text.Json;

namespace Crucible.Hosting;

/// <summary>Answers a request. Runs on a thread of the pool; throws <see cref="ControlException"/> where it can't be done.</summary>
/// <param name="body">The body, whole; empty for most.</param>
/// <param name="cancellationToken">Cancelled when the client has gone away or the server stops.</param>
public delegate Task<ControlAnswer> ControlHandler(ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

/// <summary>What a control server answers, by method and path. Made whole before the server starts.</summary>
public sealed class ControlRoutes
{
    private static readonly JsonSerializerOptions Strict = new(JsonOutput.Compact)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    private readonly List<FreshAnswer> _answers = [];
    private readonly SortedDictionary<string, SortedDictionary<string, ControlHandler>> _paths = new(StringComparer.Ordinal);

    /// <summary>The paths, for whoever asks for another one.</summary>
    public IEnumerable<string> Paths => _paths.Keys;

    /// <summary>Adds what looks at something and changes nothing.</summary>
    public ControlRoutes Get(string path, Func<ControlAnswer> look)
    {
        var answer = new FreshAnswer(look);
        _answers.Add(answer);
        return Add("GET", path, (_, _) => Task.FromResult(answer.Get()));
    }

    /// <summary>Adds a verb without a body.</summary>
    public ControlRoutes Post(string path, Func<CancellationToken, Task<ControlAnswer>> act) =>
        Add("POST", path, (_, cancellationToken) => ActAsync(() => act(cancellationToken)));

    /// <summary>Adds a verb whose body is one JSON document; one that does not fit is answered with 400.</summary>
    public ControlRoutes Post<T>(string path, Func<T, CancellationToken, Task<ControlAnswer>> act) =>
        Add("POST", path, (body, cancellationToken) => ActAsync(() => act(Read<T>(body), cancellationToken)));

    /// <summary>Adds a verb whose body may be left out: that means the same as <paramref name="whenEmpty"/>.</summary>
    public ControlRoutes Post<T>(string path, T whenEmpty, Func<T, CancellationToken, Task<ControlAnswer>> act) =>
        Add("POST", path, (body, cancellationToken) => ActAsync(() => act(body.IsEmpty ? whenEmpty : Read<T>(body), cancellationToken)));

    /// <summary>What answers; null where nothing does.</summary>
    /// <param name="method">GET or POST.</param>
    /// <param name="path">As it came.</param>
    /// <param name="allowed">The methods that the path has; empty where there is no such path.</param>
    public ControlHandler? Find(string method, string path, out IReadOnlyCollection<string> allowed)
    {
        if (!_paths.TryGetValue(path, out var methods))
        {
            allowed = [];
            return null;
        }

        allowed = methods.Keys;
        return methods.GetValueOrDefault(method);
    }

    private async Task<ControlAnswer> ActAsync(Func<Task<ControlAnswer>> act)
    {
        try
        {
            return await act().ConfigureAwait(false);
        }
        finally
        {
            foreach (var answer in _answers)
            {
                answer.Forget();
            }
        }
    }

    private ControlRoutes Add(string method, string path, ControlHandler handler)
    {
        if (!_paths.TryGetValue(path, out var methods))
        {
            _paths.Add(path, methods = new SortedDictionary<string, ControlHandler>(StringComparer.Ordinal));
        }

        methods.Add(method, handler);
        return this;
    }

    private static T Read<T>(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(body.Span, Strict)
                ?? throw new ControlException(ControlAnswer.BadRequest, "the body is null");
        }
        catch (JsonException e)
        {
            throw new ControlException(ControlAnswer.BadRequest, $"the body is not what is wanted here: {OneLine.Of(e.Message)}");
        }
    }
}
