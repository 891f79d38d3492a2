using System.Net.Sockets;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>A real OpenTelemetry Collector that runs the otel-collector.yaml that we ship, on free loopback ports.</summary>
internal sealed class CollectorServer : IAsyncDisposable
{
    private readonly int _httpPort = Server.FreePort();
    private readonly int _grpcPort = Server.FreePort();
    private readonly string[] _command;
    private Server _server;

    private CollectorServer(string program, string prometheusOtlpEndpoint, int metricsPort, string serviceEndpoint)
    {
        // env sets what otel-collector.yaml reads and then becomes the Collector: the process id is the Collector's.
        _command =
        [
            $"LLMTELEMETRY_OTLP_GRPC_ENDPOINT=127.0.0.1:{_grpcPort}", $"LLMTELEMETRY_OTLP_HTTP_ENDPOINT=127.0.0.1:{_httpPort}",
            $"LLMTELEMETRY_PROMETHEUS_OTLP_ENDPOINT={prometheusOtlpEndpoint}", $"LLMTELEMETRY_COLLECTOR_METRICS_PORT={metricsPort}",
            $"LLMTELEMETRY_SERVICE_ENDPOINT={serviceEndpoint}", program, "--config", Repository.PathOf("otel-collector.yaml"),
        ];
        _server = Server.Start("/usr/bin/env", _command);
    }

    /// <summary>Where an application sends OTLP over HTTP.</summary>
    public Uri Endpoint => new($"http://127.0.0.1:{_httpPort}");

    /// <summary>Where an application sends OTLP over gRPC.</summary>
    public Uri GrpcEndpoint => new($"http://127.0.0.1:{_grpcPort}");

    /// <summary>Where an application sends its metrics by OTLP over HTTP.</summary>
    public Uri MetricsEndpoint => new(Endpoint, "/v1/metrics");

    public string Output => _server.Output;

    /// <summary>Starts one, or skips the running test where there is no otelcol.</summary>
    /// <param name="prometheusOtlpEndpoint">Where it sends metrics.</param>
    /// <param name="metricsPort">Where its own metrics are.</param>
    /// <param name="serviceEndpoint">Where llmtelemetry serve is; null: nowhere.</param>
    public static async Task<CollectorServer> StartAsync(string prometheusOtlpEndpoint, int metricsPort, string? serviceEndpoint = null)
    {
        var collector = new CollectorServer(Server.Need("otelcol"), prometheusOtlpEndpoint, metricsPort, serviceEndpoint ?? $"http://127.0.0.1:{Server.FreePort()}");
        await collector.IsThereAsync();
        return collector;
    }

    /// <summary>SIGKILL, and waits until the process is gone.</summary>
    public ValueTask KillAsync() => _server.DisposeAsync();

    /// <summary>SIGTERM: it has the time to send what it has.</summary>
    public async Task EndAsync()
    {
        _server.Signal("TERM");
        await Eventually.HoldsAsync(() => Task.FromResult(_server.HasExited), "the Collector ends");
        await _server.DisposeAsync();
    }

    /// <summary>Starts it again after its end, on the same ports.</summary>
    public Task RestartAsync()
    {
        _server = Server.Start("/usr/bin/env", _command);
        return IsThereAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task IsThereAsync() => Eventually.HoldsAsync(ListensAsync, $"the Collector listens on port {_httpPort}");

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
