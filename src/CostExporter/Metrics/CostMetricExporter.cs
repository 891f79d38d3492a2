using LlmTelemetry.Usage;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Folds metrics into the ledger: our own public meter where no sink takes the events it is made of, and the <c>gen_ai.*</c> metrics of other
/// libraries for models that our own tracker does not report. Folding cannot fail, so a collection is never lost: the host's loop sends it.
/// </summary>
internal sealed class CostMetricExporter : BaseExporter<Metric>
{
    private const int CollectMilliseconds = 5_000;

    private readonly CostExporterHost _host;
    private readonly bool _ownsHost;
    private readonly CostExporterOptions _options;
    private readonly TrackedModels _tracked;
    private readonly EarlierCalls _earlier = EarlierCalls.Read();

    // Also where no sink takes the events: what the metrics say of them is booked here.
    private readonly IDisposable _mark;

    private Action<UsageHub>? _collect;

    public CostMetricExporter(CostExporterHost host, bool ownsHost, CostExporterOptions options)
    {
        _host = host;
        _ownsHost = ownsHost;
        _options = options.Copy();
        _tracked = new TrackedModels(_options.Prices);
        _mark = _options.Hub.Subscribe(new LedgerMark());
        ExporterMetrics.BeginBooking();
    }

    /// <summary>
    /// Collects whenever a sink begins or ends to take our events: so no collection holds calls of both times, of which one is booked by the
    /// sink and the other is not.
    /// </summary>
    public void CollectWith(CostMetricReader reader)
    {
        _collect = hub =>
        {
            if (ReferenceEquals(hub, _options.Hub))
            {
                reader.Fold(CollectMilliseconds);
            }
        };
        FolderSubscriptions.Changing += _collect;
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        try
        {
            Fold(in batch);
        }
        catch (Exception cause) // The SDK would drop the collection silently.
        {
            SelfDiagnostics.Log.Failed(cause, "one collection of metrics");
        }

        return ExportResult.Success;
    }

    protected override bool OnShutdown(int timeoutMilliseconds)
    {
        FolderSubscriptions.Changing -= _collect;
        _mark.Dispose();
        ExporterMetrics.EndBooking();
        using var quiet = SuppressInstrumentationScope.Begin();
        var sent = _ownsHost ? _host.DisposeAsync().AsTask() : _host.FlushAsync();

        // The SDK has no asynchronous end; the wait has its limit, and the exporter's own.
        return ((IAsyncResult)sent).AsyncWaitHandle.WaitOne(timeoutMilliseconds < 0 ? _options.ShutdownTimeout : TimeSpan.FromMilliseconds(timeoutMilliseconds))
            && sent.IsCompletedSuccessfully;
    }

    private void Fold(in Batch<Metric> batch)
    {
        var collection = new MetricCollection(_options.Prices, _options.Markup, _tracked, _earlier, isSinkActive: SpendFolder.IsActiveOn(_options.Hub));

        // Ours first: they say which models of the others are the same calls once more.
        foreach (var metric in batch)
        {
            if (metric.MeterName == Vocabulary.Instrumentation)
            {
                collection.AddOwn(metric);
            }
        }

        foreach (var metric in batch)
        {
            if (metric.MeterName != Vocabulary.Instrumentation && ForeignMetrics.KindOf(metric.Name) is { } kind)
            {
                collection.AddForeign(metric, kind);
            }
        }

        collection.BookIn(_host.Folder);
    }

    /// <summary>Takes nothing; only says that the calls are booked.</summary>
    private sealed class LedgerMark : IUsageSink
    {
        public bool IsLedger => true;

        public void Record(in UsageEvent usageEvent)
        {
        }
    }
}
