using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Crucible.Hosting;

/// <summary>
/// Serves a program's control endpoints over HTTP/1.1: Kestrel alone, without host, container or middleware, which only the
/// programs load that were given <c>--control</c>. It shares no thread and no lock with the data path.
/// </summary>
public sealed class ControlServer : IAsyncDisposable
{
    private readonly KestrelServer _server;
    private readonly ControlApplication _application;

    private ControlServer(KestrelServer server, ControlApplication application, Uri address)
    {
        _server = server;
        _application = application;
        Address = address;
    }

    /// <summary>Where it is reached; the port is real also where 0 was asked for.</summary>
    public Uri Address { get; }

    /// <summary>Listens and answers.</summary>
    /// <param name="address">Where.</param>
    /// <param name="routes">With what.</param>
    /// <param name="logger">Hears of bugs of ours, and nothing else.</param>
    /// <exception cref="ControlListenException">The address can't be listened on; the message says why and who has it.</exception>
    public static async Task<ControlServer> StartAsync(ControlAddress address, ControlRoutes routes, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(routes);
        var application = new ControlApplication(routes, logger ?? NullLogger.Instance);
        KestrelServer? server = null;
        try
        {
            server = Create(address.Resolve());
            await server.StartAsync(application, CancellationToken.None).ConfigureAwait(false);
            return new ControlServer(server, application, new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.First()));
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            server?.Dispose();
            application.Dispose();
            throw new ControlListenException(Describe(address, e));
        }
    }

    /// <summary>Takes no more requests, gives answers under way a moment, and closes every connection.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(ControlLimits.StopTimeout);
        await _server.StopAsync(limit.Token).ConfigureAwait(false);
        _server.Dispose();
        _application.Dispose();
    }

    private static KestrelServer Create(IPEndPoint endPoint)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxConcurrentConnections = ControlLimits.MaxConnections;
        options.Limits.MaxRequestBodySize = ControlLimits.MaxBodyBytes;
        options.Limits.MaxRequestBufferSize = 2 * ControlLimits.MaxHeaderBytes;
        options.Limits.MaxRequestLineSize = ControlLimits.MaxRequestLineBytes;
        options.Limits.MaxRequestHeadersTotalSize = ControlLimits.MaxHeaderBytes;
        options.Limits.RequestHeadersTimeout = ControlLimits.HeadersTimeout;
        options.Limits.KeepAliveTimeout = ControlLimits.KeepAliveTimeout;
        options.Listen(endPoint, listen => listen.Protocols = HttpProtocols.Http1);
        return new KestrelServer(
            Options.Create(options),
            new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance),
            NullLoggerFactory.Instance);
    }

    private static string Describe(ControlAddress address, Exception failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
        {
            if (e is SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse })
            {
                return $"--control: port {address.Port} is in use by {PortOwner.Find(address.Port)?.ToString() ?? "a process of another user"}";
            }
        }

        return $"--control: can't listen on {address}: {OneLine.Of(failure.GetBaseException().Message)}";
    }
}

/// <summary>The control address can't be listened on; the message says why and, where it can be told, who has it.</summary>
public sealed class ControlListenException(string message) : CrucibleException(message);
