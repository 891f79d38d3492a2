using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests;

/// <summary>docs/metrics.md says what the meter of budgets has.</summary>
public sealed class DocumentedMetricsTests
{
    [Fact]
    public async Task Instruments_are_of_the_kind_and_unit_that_is_documented()
    {
        var created = new HashSet<string>(StringComparer.Ordinal);
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == "LlmTelemetry.Budgets")
            {
                lock (created)
                {
                    created.Add($"{instrument.Name} {KindOf(instrument)} {instrument.Unit}");
                }
            }
        };
        listener.Start();
        await using var guard = BudgetGuard.Start(options =>
        {
            options.Store = "sqlite::memory:";
            options.Gauges = true;
        });
        RuntimeHelpers.RunClassConstructor(typeof(CallMeters).TypeHandle); // That of the clients is made by the first of them.

        var documented = DocumentedMetrics.All.Where(metric => metric.Section.Contains("LlmTelemetry.Budgets", StringComparison.Ordinal)).Select(metric => $"{metric.Name} {metric.Kind} {metric.Unit}");
        lock (created)
        {
            Assert.Equal(documented.Order(StringComparer.Ordinal), created.Order(StringComparer.Ordinal));
        }
    }

    private static string KindOf(Instrument instrument) => instrument.GetType().Name switch
    {
        "Histogram`1" => "histogram",
        "Counter`1" => "counter",
        "UpDownCounter`1" => "up-down counter",
        "ObservableGauge`1" => "gauge",
        var other => other,
    };
}
