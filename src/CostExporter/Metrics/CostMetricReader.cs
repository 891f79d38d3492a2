using LlmTelemetry.Usage;
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

    private readonly TimeSpan _storeTimeout;

    // Completed while a sink begins or ends: the application starts or ends then, and must not wait for the store, nor for who waits for it.
    private volatile TaskCompletionSource _foldWanted = new();

    public CostMetricReader(CostMetricExporter exporter, CostExporterHost host, TimeSpan storeTimeout, int intervalMilliseconds, int timeoutMilliseconds)
        : base(exporter, intervalMilliseconds, timeoutMilliseconds)
    {
        _host = host;
        _storeTimeout = storeTimeout;
        TemporalityPreference = MetricReaderTemporalityPreference.Delta;
        exporter.CollectWith(this);
    }

    public static MetricReader Create(IServiceProvider services, string? name, PeriodicExportingMetricReaderOptions? periodic)
    {
        var options = services.GetRequiredService<IOptionsMonitor<CostExporterOptions>>().Get(name ?? Options.DefaultName).Copy();

        // As the trackers of the application have it, whose options these are.
        options.Markup = name is null ? services.GetService<MarkupRules>() ?? options.Markup : options.Markup;
        var shared = name is null ? services.GetService<CostExporterHost>() : null;
        var host = shared ?? CostExporterHost.Start(options, subscribe: false, services.GetService<ILogger<CostExporterHost>>());
        var exporter = new CostMetricExporter(host, ownsHost: shared is null, options);
        return new CostMetricReader(
            exporter,
            host,
            options.StoreTimeout,
            periodic?.ExportIntervalMilliseconds ?? (int)Math.Min(options.Interval.TotalMilliseconds, int.MaxValue),
            periodic?.ExportTimeoutMilliseconds ?? DefaultTimeoutMilliseconds);
    }

    /// <summary>Collects and folds, without a wait for the store.</summary>
    public void Fold(int timeoutMilliseconds)
    {
        _foldWanted.TrySetResult();
        try
        {
            Collect(timeoutMilliseconds);
        }
        finally
        {
            _foldWanted = new();
        }
    }

    protected override bool OnCollect(int timeoutMilliseconds)
    {
        var isFolded = base.OnCollect(timeoutMilliseconds);
        var foldWanted = _foldWanted.Task;
        return isFolded && (foldWanted.IsCompleted || IsSent(timeoutMilliseconds, foldWanted));
    }

    // The SDK has no asynchronous collection; the wait has its limits. What is not there by then is sent in the background.
    private bool IsSent(int timeoutMilliseconds, Task giveUp)
    {
        using var quiet = SuppressInstrumentationScope.Begin();
        var flush = _host.FlushAsync();
        var limit = timeoutMilliseconds < 0 ? _storeTimeout : TimeSpan.FromMilliseconds(Math.Min(timeoutMilliseconds, _storeTimeout.TotalMilliseconds));
        return ((IAsyncResult)Task.WhenAny(flush, giveUp)).AsyncWaitHandle.WaitOne(limit)
            && flush.IsCompletedSuccessfully && flush.GetAwaiter().GetResult().Error is null;
    }
}
