using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Feeds the metric exporter at every interval, and brings what it folded to the store: so <c>ForceFlush()</c> of the meter provider is true
/// when the spend is there.
/// </summary>
internal sealed class CostMetricReader : PeriodicExportingMetricReader
{
    // The SDK's own default; it bounds collecting, not our folding, which does no I/O.
    private const int DefaultTimeoutMilliseconds = 30_000;

    private readonly CostExporterHost _host;

    // Of the thread that collects: a collection for the sink's sake happens while the application starts or ends, and must not wait for the store.
    [ThreadStatic]
    private static bool _foldOnly;

    public CostMetricReader(CostMetricExporter exporter, CostExporterHost host, int intervalMilliseconds, int timeoutMilliseconds)
        : base(exporter, intervalMilliseconds, timeoutMilliseconds)
    {
        _host = host;
        TemporalityPreference = MetricReaderTemporalityPreference.Delta;
        exporter.CollectWith(this);
    }

    public static MetricReader Create(IServiceProvider services, string? name, PeriodicExportingMetricReaderOptions? periodic)
    {
        var options = services.GetRequiredService<IOptionsMonitor<CostExporterOptions>>().Get(name ?? Options.DefaultName);
        var shared = name is null ? services.GetService<CostExporterHost>() : null;
        var host = shared ?? CostExporterHost.Start(options, subscribe: false, services.GetService<ILogger<CostExporterHost>>());
        var exporter = new CostMetricExporter(host, ownsHost: shared is null, options);
        return new CostMetricReader(
            exporter,
            host,
            periodic?.ExportIntervalMilliseconds ?? (int)Math.Min(options.Interval.TotalMilliseconds, int.MaxValue),
            periodic?.ExportTimeoutMilliseconds ?? DefaultTimeoutMilliseconds);
    }

    /// <summary>Collects and folds, without a wait for the store.</summary>
    public void Fold(int timeoutMilliseconds)
    {
        _foldOnly = true;
        try
        {
            Collect(timeoutMilliseconds);
        }
        finally
        {
            _foldOnly = false;
        }
    }

    protected override bool OnCollect(int timeoutMilliseconds)
    {
        var isFolded = base.OnCollect(timeoutMilliseconds);
        return isFolded && (_foldOnly || IsSent(timeoutMilliseconds));
    }

    // The SDK has no asynchronous collection; the wait has its limit, and a flush ends with the first attempt that fails.
    private bool IsSent(int timeoutMilliseconds)
    {
        using var quiet = SuppressInstrumentationScope.Begin();
        var flush = _host.FlushAsync();
        return ((IAsyncResult)flush).AsyncWaitHandle.WaitOne(timeoutMilliseconds) && flush.IsCompletedSuccessfully && flush.GetAwaiter().GetResult().Error is null;
    }
}
