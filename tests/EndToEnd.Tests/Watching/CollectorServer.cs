using System.Net.Sockets;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>A real OpenTelemetry Collector that runs the otel-collector.yaml that we ship, on free loopback ports.</summary>
internal sealed class CollectorServer : IAsyncDisposable
{
    private readonly Server _server;
    private readonly int _httpPort;

    private CollectorServer(Server server, int httpPort)
    {
        _server = server;
        _httpPort = httpPort;
    }

    /// <summary>Where an application sends its metrics by OTLP over HTTP.</summary>
    public Uri MetricsEndpoint => new($"http://127.0.0.1:{_httpPort}/v1/metrics");

    public string Output => _server.Output;

    /// <summary>Starts one, or skips the running test where there is no otelcol.</summary>
    public static async Task<CollectorServer> StartAsync(string prometheusOtlpEndpoint, int metricsPort)
    {
        var program = Server.Need("otelcol");
        var httpPort = Server.FreePort();

        // env sets what otel-collector.yaml reads and then becomes the Collector: the process id is the Collector's.
        var server = Server.Start(
            "/usr/bin/env",
            [
                $"LLMTELEMETRY_OTLP_GRPC_ENDPOINT=127.0.0.1:{Server.FreePort()}", $"LLMTELEMETRY_OTLP_HTTP_ENDPOINT=127.0.0.1:{httpPort}",
                $"LLMTELEMETRY_PROMETHEUS_OTLP_ENDPOINT={prometheusOtlpEndpoint}", $"LLMTELEMETRY_COLLECTOR_METRICS_PORT={metricsPort}",
                program, "--config", Repository.PathOf("otel-collector.yaml"),
            ]);
        var collector = new CollectorServer(server, httpPort);
        await Eventually.HoldsAsync(collector.ListensAsync, $"the Collector listens on port {httpPort}");
        return collector;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<bool> ListensAsync()
    {
        if (_server.HasExited)
        {
            throw new InvalidOperationException($"The Collector ended: {_server.Output}");
        }

        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", _httpPort);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
