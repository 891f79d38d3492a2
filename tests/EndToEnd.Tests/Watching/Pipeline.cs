using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>Everything that watching takes: an application with its ledger, the Collector and Prometheus with our files, connected.</summary>
internal sealed class Pipeline : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-pipeline-");
    private readonly CollectorServer _collector;
    private readonly MeterProvider _application;
    private readonly CostExporterHost _broken;

    private Pipeline(PrometheusServer prometheus, CollectorServer collector)
    {
        Prometheus = prometheus;
        _collector = collector;
        var hub = new UsageHub();
        Traffic = new Traffic(hub);
        _application = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService("watching"))
            .AddUsageTracking()
            .AddMeter("LlmTelemetry.CostExporter")
            .AddOtlpExporter(o =>
            {
                o.Endpoint = collector.MetricsEndpoint;
                o.Protocol = OtlpExportProtocol.HttpProtobuf;
            })
            .Build();
        Exporter = CostExporterHost.Start(o =>
        {
            o.Store = $"sqlite:{_folder.FullName}/ledger.db";
            o.Hub = hub;
            o.Interval = TimeSpan.FromMilliseconds(200);
            o.LedgerGauges = true;
            foreach (var budget in new[] { "total", $"provider:{Traffic.Provider}", $"model:{Traffic.AnsweringModel}", $"user:{Traffic.User}" })
            {
                o.DailyBudgets[budget] = 0.001m;
            }
        });
        _broken = CostExporterHost.Start(o =>
        {
            o.Store = $"redis:127.0.0.1:{Server.FreePort()}";
            o.Hub = hub;
            o.Interval = TimeSpan.FromMilliseconds(200);
            o.StoreTimeout = TimeSpan.FromMilliseconds(500);
            o.ShutdownTimeout = TimeSpan.FromMilliseconds(500);
        });
    }

    public PrometheusServer Prometheus { get; }

    public Traffic Traffic { get; }

    /// <summary>The exporter whose ledger Prometheus shows. Beside it one that cannot reach its store.</summary>
    public CostExporterHost Exporter { get; }

    /// <summary>Starts all of it, or skips the running test where a server is not there.</summary>
    public static async Task<Pipeline> StartAsync(CancellationToken cancellationToken)
    {
        var metricsPort = Server.FreePort();
        var prometheus = await PrometheusServer.StartAsync(metricsPort, cancellationToken);
        try
        {
            return new Pipeline(prometheus, await CollectorServer.StartAsync(prometheus.OtlpEndpoint, metricsPort));
        }
        catch
        {
            await prometheus.DisposeAsync();
            throw;
        }
    }

    /// <summary>Exports again and again until Prometheus has what is waited for.</summary>
    public Task ArrivesAsync(string what, Func<Task<bool>> condition) => Eventually.HoldsAsync(
        async () =>
        {
            if (await condition())
            {
                return true;
            }

            _application.ForceFlush();
            return false;
        },
        what,
        TimeSpan.FromSeconds(60));

    /// <summary>Ends the exporter that cannot reach its store: what it holds is lost, and counted.</summary>
    public ValueTask EndBrokenExporterAsync() => _broken.DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await _broken.DisposeAsync();
        await Exporter.DisposeAsync();
        _application.Dispose();
        await _collector.DisposeAsync();
        await Prometheus.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
