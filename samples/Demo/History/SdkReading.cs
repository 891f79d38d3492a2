using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace LlmTelemetry.Demo;

/// <summary>The OpenTelemetry SDK with the product's meters, collected when told: what it would send then.</summary>
internal sealed class SdkReading : IDisposable
{
    private readonly Kept _kept = new();
    private readonly BaseExportingMetricReader _reader;
    private readonly MeterProvider _provider;

    public SdkReading()
    {
        _reader = new BaseExportingMetricReader(_kept) { TemporalityPreference = MetricReaderTemporalityPreference.Cumulative };
        _provider = Meters(Sdk.CreateMeterProviderBuilder()).AddReader(_reader).Build();
    }

    /// <summary>The meters that the product's services collect.</summary>
    public static MeterProviderBuilder Meters(MeterProviderBuilder builder) => builder.AddUsageTracking().AddMeter(Vocabulary.CostExporter).AddMeter(Vocabulary.Budgets);

    /// <summary>Hands over each metric, as it is now.</summary>
    public void Collect(Action<Metric> take)
    {
        _kept.Take = take;
        if (!_reader.Collect())
        {
            throw new InvalidOperationException("The SDK did not collect.");
        }
    }

    public void Dispose() => _provider.Dispose();

    private sealed class Kept : BaseExporter<Metric>
    {
        // At its end the provider collects once more, for nobody.
        public Action<Metric> Take { get; set; } = _ => { };

        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
            {
                Take(metric);
            }

            return ExportResult.Success;
        }
    }
}
