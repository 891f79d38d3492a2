using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>What a Prometheus looks at and tells, each as host and port; null where there is none.</summary>
internal sealed record PrometheusTargets(string? Collector = null, string? Service = null, string? Alertmanager = null)
{
    /// <summary>Whether it scrapes and evaluates every second, and tells of alerts again every second: the first telling is lost while it has not found its Alertmanager yet.</summary>
    public bool IsQuick { get; init; }

    /// <summary>Whether it runs prometheus-otlp.yml, which takes what is pushed; else prometheus.yml, which any Prometheus reads.</summary>
    public bool TakesOtlp { get; init; } = true;
}

/// <summary>A real Prometheus with the configuration and the rules that we ship, on a free loopback port.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-prometheus-");
    private readonly HttpClient _http;
    private readonly int _port = Server.FreePort();
    private Server? _server;

    private PrometheusServer()
    {
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_port}/") };
        Api = new PrometheusApi(_http);
    }

    public PrometheusApi Api { get; }

    /// <summary>Where OTLP metrics are sent.</summary>
    public string OtlpEndpoint => $"{_http.BaseAddress}api/v1/otlp/v1/metrics";

    public string Output => _server?.Output ?? "";

    /// <summary>Starts one, or skips the running test where there is none that receives OTLP. It looks for the Collector's own metrics on the port given.</summary>
    public static Task<PrometheusServer> StartAsync(int collectorMetricsPort, CancellationToken cancellationToken) =>
        StartAsync(new PrometheusTargets(Collector: $"127.0.0.1:{collectorMetricsPort}"), cancellationToken);

    /// <summary>Starts one, or skips the running test where there is none that receives OTLP.</summary>
    public static async Task<PrometheusServer> StartAsync(PrometheusTargets targets, CancellationToken cancellationToken)
    {
        var program = Server.Need("prometheus");
        if (targets.TakesOtlp && !(await Tool.RunAsync(program, ["--help"], cancellationToken)).Output.Contains("web.enable-otlp-receiver", StringComparison.Ordinal))
        {
            Server.Missing("this prometheus does not receive OTLP (it has no --web.enable-otlp-receiver)");
        }

        var prometheus = new PrometheusServer();
        await prometheus.StartAsync(program, targets, cancellationToken);
        return prometheus;
    }

    /// <summary>Evaluates an expression now; throws what Prometheus says where it cannot.</summary>
    public Task<IReadOnlyList<Sample>> QueryAsync(string expression, CancellationToken cancellationToken) => Api.QueryAsync(expression, at: null, cancellationToken);

    /// <summary>Says where a job finds what it scrapes; null: nowhere. It notices by itself.</summary>
    public async Task ScrapeAsync(string job, string? target)
    {
        var file = Path.Combine(_folder.FullName, $"prometheus/targets/{job}.yml");
        await File.WriteAllTextAsync(file + ".new", target is null ? "[]\n" : $"- targets: [\"{target}\"]\n");
        File.Move(file + ".new", file, overwrite: true);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private async Task StartAsync(string program, PrometheusTargets targets, CancellationToken cancellationToken)
    {
        foreach (var file in Repository.Files("prometheus", "*"))
        {
            var copy = Path.Combine(_folder.FullName, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Repository.PathOf(file), copy);
        }

        // What differs from what we ship: what it looks at, and how often where the test cannot wait.
        foreach (var (file, target) in new[] { ("otel-collector", targets.Collector), ("llmtelemetry", targets.Service), ("alertmanager", targets.Alertmanager) })
        {
            await ScrapeAsync(file, target);
        }

        var configuration = Path.Combine(_folder.FullName, targets.TakesOtlp ? "prometheus/prometheus-otlp.yml" : "prometheus/prometheus.yml");
        if (targets.IsQuick)
        {
            var text = await File.ReadAllTextAsync(configuration, cancellationToken);
            await File.WriteAllTextAsync(configuration, text.Replace("_interval: 15s", "_interval: 1s", StringComparison.Ordinal), cancellationToken);
        }

        _server = Server.Start(
            program,
            [
                $"--config.file={configuration}", $"--storage.tsdb.path={_folder.FullName}/data",
                $"--web.listen-address=127.0.0.1:{_port}",
                .. targets.TakesOtlp ? ["--web.enable-otlp-receiver"] : Array.Empty<string>(),
                .. targets.IsQuick ? ["--rules.alert.resend-delay=1s"] : Array.Empty<string>(),
            ],
            _folder.FullName);
        await _server.IsReadyAsync("Prometheus", _http);
    }
}
