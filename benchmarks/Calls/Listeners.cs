using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LlmTelemetry.Benchmarks;

/// <summary>Who listens to the tracked calls: the OpenTelemetry SDK as in production, up to an exporter that throws away what it is given; the cost exporter.</summary>
internal sealed class Listeners : IDisposable
{
    private readonly List<IDisposable> _all = [];

    /// <summary>Where the tracker under measurement publishes its events.</summary>
    public UsageHub Hub { get; } = new();

    public Listeners Metrics()
    {
        _all.Add(Sdk.CreateMeterProviderBuilder()
            .AddUsageTracking()
            .AddReader(new PeriodicExportingMetricReader(new Discarding<Metric>(), exportIntervalMilliseconds: 5_000))
            .Build());
        return this;
    }

    public Listeners Spans()
    {
        _all.Add(Sdk.CreateTracerProviderBuilder()
            .AddUsageTracking()
            .AddProcessor(new SimpleActivityExportProcessor(new Discarding<System.Diagnostics.Activity>()))
            .Build());
        return this;
    }

    /// <summary>Folds into memory and never flushes while a call is measured: sending has figures of its own.</summary>
    public Listeners Exporter()
    {
        _all.Add(CostExporterHost.Start(options =>
        {
            options.Store = "sqlite::memory:";
            options.Interval = Timeout.InfiniteTimeSpan;
            options.Hub = Hub;
        }));
        return this;
    }

    public void Dispose() => _all.ForEach(listener => listener.Dispose());

    private sealed class Discarding<T> : BaseExporter<T>
        where T : class
    {
        public override ExportResult Export(in Batch<T> batch) => ExportResult.Success;
    }
}
