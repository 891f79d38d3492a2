using System.Diagnostics.Metrics;
using LlmTelemetry.Usage;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>
/// A meter provider of the real SDK with the metric exporter on it, a store of its own, and a meter that plays another library's. Its clock
/// is the system's, because the SDK's is.
/// </summary>
internal sealed class MeteredProcess : IAsyncDisposable
{
    private readonly MeterProvider _provider;

    public MeteredProcess(Action<MeterProviderBuilder>? configure = null, MarkupRules? markup = null)
    {
        Options = new CostExporterOptions { Hub = new UsageHub(), Interval = Timeout.InfiniteTimeSpan, Markup = markup };
        Host = new CostExporterHost(Options, store: Store);
        var exporter = new CostMetricExporter(Host, ownsHost: false, Options);
        var reader = new CostMetricReader(exporter, Host, Options.StoreTimeout, Timeout.Infinite, timeoutMilliseconds: 30_000);
        var builder = Sdk.CreateMeterProviderBuilder().AddMeter(Foreign.Name).AddMeter(Vocabulary.Instrumentation);
        configure?.Invoke(builder);
        _provider = builder.AddReader(reader).Build();
    }

    public CostExporterOptions Options { get; }

    public RowStore Store { get; } = new();

    public CostExporterHost Host { get; }

    public Meter Foreign { get; } = new("Some.Library." + Guid.NewGuid().ToString("N"));

    public void Collect(bool isSent = true) => Assert.Equal(isSent, _provider.ForceFlush());

    /// <summary>Collects, flushes, and asks the ledger.</summary>
    public async Task<UsageReport> ReportAsync(params SpendDimension[] by)
    {
        Collect();
        await Host.FlushAsync(TestContext.Current.CancellationToken);
        return await QueryAsync(by);
    }

    public Task<UsageReport> QueryAsync(params SpendDimension[] by)
    {
        var today = Host.Reports.Today;
        return Host.Reports.QueryAsync(new() { From = today.AddDays(-1), To = today.AddDays(1), By = by }, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _provider.Dispose();
        await Host.DisposeAsync();
        Foreign.Dispose();
    }
}

/// <summary>One collection of tests: they share the process-wide name of our public meter.</summary>
[CollectionDefinition(Name)]
public sealed class PublicMeter
{
    public const string Name = "public meter";
}
