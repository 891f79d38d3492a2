using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;

namespace LlmTelemetry.CostExporter;

/// <summary>Puts the metric exporter together with the host that sends what it folds and the reader that feeds it.</summary>
internal static class CostMetricReader
{
    // The SDK's own default; it bounds collecting, not our folding, which does no I/O.
    private const int DefaultTimeoutMilliseconds = 30_000;

    public static MetricReader Create(IServiceProvider services, string? name, PeriodicExportingMetricReaderOptions? periodic)
    {
        var options = services.GetRequiredService<IOptionsMonitor<CostExporterOptions>>().Get(name ?? Options.DefaultName);
        var shared = name is null ? services.GetService<CostExporterHost>() : null;
        var host = shared ?? CostExporterHost.Start(options, subscribe: false, services.GetService<ILogger<CostExporterHost>>());
        var exporter = new CostMetricExporter(host, ownsHost: shared is null, options);
        var reader = new PeriodicExportingMetricReader(
            exporter,
            periodic?.ExportIntervalMilliseconds ?? (int)Math.Min(options.Interval.TotalMilliseconds, int.MaxValue),
            periodic?.ExportTimeoutMilliseconds ?? DefaultTimeoutMilliseconds)
        {
            TemporalityPreference = MetricReaderTemporalityPreference.Delta,
        };
        exporter.CollectWith(reader);
        return reader;
    }
}
