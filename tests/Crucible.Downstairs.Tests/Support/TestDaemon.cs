using System.Net;
using Crucible.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Crucible.Downstairs.Tests;

/// <summary>A server in this process, on a free port of the loopback.</summary>
internal sealed class TestDaemon : IDisposable
{
    private readonly DownstairsServer _server;

    public TestDaemon(TestRegion region, bool readOnly = false, ILoggerFactory? loggers = null, Func<DownstairsOptions, DownstairsOptions>? adjust = null, Region? opened = null)
    {
        Definition = region.Definition;

        // A busy machine's disk takes its time; a region that is left unclosed can't be opened again in this process.
        var options = new DownstairsOptions
        {
            Listen = new IPEndPoint(IPAddress.Loopback, 0),
            ReadOnly = readOnly,
            StopTimeout = TimeSpan.FromSeconds(30),
        };
        _server = new DownstairsServer(opened ?? region.Open(readOnly), adjust?.Invoke(options) ?? options, loggers ?? NullLoggerFactory.Instance);
        _server.Start();
    }

    public RegionDefinition Definition { get; }

    public IPEndPoint EndPoint => _server.LocalEndPoint;

    public TestClient Connect() => new(EndPoint, Definition);

    /// <summary>A connection that greeted and took over.</summary>
    public TestClient Activate(ulong generation = 1, Guid? session = null)
    {
        var client = Connect();
        client.Greet(session);
        client.Promote(generation);
        return client;
    }

    public DownstairsWork GetWork() => _server.GetWork(most: 10);

    public void Stop() => _server.Stop();

    public void Dispose() => _server.Dispose();
}
