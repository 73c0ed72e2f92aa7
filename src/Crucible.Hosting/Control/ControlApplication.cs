using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Crucible.Hosting;

/// <summary>Turns HTTP requests into calls of handlers, and whatever comes out of those into answers.</summary>
internal sealed class ControlApplication(ControlRoutes routes, ILogger logger) : IHttpApplication<HttpContext>, IDisposable
{
    // Answers are made on the threads of the pool, where timers of the data path run too: they never take all of them.
    private readonly SemaphoreSlim _makers = new(ControlLimits.MaxAnswersMade);

    public void Dispose() => _makers.Dispose();

    public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

    public void DisposeContext(HttpContext context, Exception? exception)
    {
        // Nothing was rented for it.
    }

    public async Task ProcessRequestAsync(HttpContext context)
    {
        try
        {
            await SendAsync(context, await AnswerAsync(context));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // The client has gone away: nobody is left to tell.
            context.Abort();
        }
    }

    private async Task<ControlAnswer> AnswerAsync(HttpContext context)
    {
        var request = context.Request;

        // A browser says where a page's request comes from; programs don't. No page may flush, replace or look.
        if (request.Headers.Origin.Count > 0)
        {
            return ControlAnswer.Error(StatusCodes.Status403Forbidden, "this is no place for web pages: a request with an Origin is not answered");
        }

        var method = HttpMethods.IsHead(request.Method) ? HttpMethods.Get : request.Method;
        if (routes.Find(method, request.Path.Value ?? "/", out var allowed) is not { } handler)
        {
            return allowed.Count == 0
                ? ControlAnswer.Error(StatusCodes.Status404NotFound, $"there is no such path; there are {string.Join(", ", routes.Paths)}")
                : Refuse(context, allowed);
        }

        try
        {
            return await CallAsync(handler, method, await ReadAsync(request, context.RequestAborted), context.RequestAborted);
        }
        catch (ControlException e)
        {
            return ControlAnswer.Error(e.Status, e.Message);
        }
        catch (BadHttpRequestException e)
        {
            return ControlAnswer.Error(e.StatusCode, OneLine.Of(e.Message));
        }
        catch (CrucibleException e)
        {
            return ControlAnswer.Error(ControlAnswer.Failed, OneLine.Of(e.Message));
        }
        catch (Exception e) when (e is not (OperationCanceledException or IOException))
        {
            // The last frame of a request: a bug of ours costs this one answer, not the program.
            logger.ControlBug(e, request.Path.Value ?? "");
            return ControlAnswer.Error(ControlAnswer.Failed, $"unexpected: {OneLine.Of(e.Message)}");
        }
    }

    // Verbs wait, and occupy no thread meanwhile; what only looks is made in one go.
    private async Task<ControlAnswer> CallAsync(
        ControlHandler handler, string method, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (!HttpMethods.IsGet(method))
        {
            return await handler(body, cancellationToken);
        }

        await _makers.WaitAsync(cancellationToken);
        try
        {
            return await handler(body, cancellationToken);
        }
        finally
        {
            _makers.Release();
        }
    }

    private static ControlAnswer Refuse(HttpContext context, IReadOnlyCollection<string> allowed)
    {
        context.Response.Headers.Allow = string.Join(", ", allowed);
        return ControlAnswer.Error(StatusCodes.Status405MethodNotAllowed, $"only {string.Join(" and ", allowed)} can be done here");
    }

    // The server's own limit ends a body that is too long, also one that does not tell its length beforehand.
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            return default;
        }

        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        return body.ToArray();
    }

    private static async Task SendAsync(HttpContext context, ControlAnswer answer)
    {
        var response = context.Response;
        response.StatusCode = answer.Status;
        response.ContentType = answer.ContentType;
        response.ContentLength = answer.Body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.Body.WriteAsync(answer.Body, context.RequestAborted);
        }
    }
}
