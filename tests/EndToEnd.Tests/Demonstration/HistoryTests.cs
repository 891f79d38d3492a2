using LlmTelemetry.CostExporter;

namespace LlmTelemetry.EndToEnd.Tests.Demonstration;

/// <summary>The demo's history: what the ledger holds and what Prometheus is given are one.</summary>
public sealed class HistoryTests
{
    private const double Days = 1.25;
    private const double Relative = 1e-9;

    [Fact]
    public async Task Counters_gauges_and_ledger_of_a_past_say_the_same()
    {
        var stop = TestContext.Current.CancellationToken;
        using var samples = await PastSamples.WriteAsync(Days, stop);
        UsageReportRow total;
        await using (var ledger = CostExporterHost.Start(o => o.Store = samples.Store))
        {
            total = (await ledger.Reports.QueryAsync(new() { From = ledger.Reports.Today.AddDays(-3), To = ledger.Reports.Today }, stop)).Total;
        }

        Assert.InRange(total.Calls, 50, 5_000);
        Assert.Equal(total.Calls, samples.Sum("llm_usage_calls_total"));
        Assert.Equal(total.InputTokens + total.OutputTokens, samples.Sum("llm_usage_tokens_total"));
        var cost = (double)total.Cost!.Value;
        Assert.Equal(cost, samples.Sum("llm_usage_cost_USD_total"), cost * Relative);
        var dimensions = new[] { "llm_outcome=\"abandoned\"", "error_type=\"429\"", "llm_cost_quality=\"unpriced\"" };
        Assert.All(dimensions, label => Assert.True(samples.Sum("llm_usage_calls_total", label) > 0, label));

        foreach (var (series, values) in samples.Series)
        {
            Assert.True(values.Zip(values.Skip(1)).All(pair => pair.First.At < pair.Second.At), $"out of order: {series}");

            // A series of Prometheus is stale after five minutes.
            Assert.True(!series.StartsWith("llm_usage_", StringComparison.Ordinal) || values.Zip(values.Skip(1)).All(pair => pair.Second.At - pair.First.At < 300), $"with gaps: {series}");
        }

        foreach (var name in new[] { "llm_usage_calls_total", "llm_usage_cost_USD_total", "llm_usage_tokens_total", "gen_ai_client_operation_duration_seconds_count" })
        {
            Assert.NotEmpty(samples.Of(name));
            Assert.All(samples.Of(name), series => Assert.Equal(series.Value.Select(value => value.Value).Order(), series.Value.Select(value => value.Value)));
        }

        AssertDaysOfLedgerAre(samples, total);
    }

    // Of each day the last value, as the day ends with all of its spend; between two samples of midnight some calls of the old day end.
    private static void AssertDaysOfLedgerAre(PastSamples samples, UsageReportRow total)
    {
        var days = samples.Of("llm_ledger_calls").Where(series => series.Key.Contains("llm_ledger_period=\"day\"", StringComparison.Ordinal)).SelectMany(series => series.Value)
            .GroupBy(sample => sample.At).Select(moment => (At: DateTimeOffset.FromUnixTimeSeconds(moment.Key), Calls: moment.Sum(sample => sample.Value)))
            .GroupBy(moment => moment.At.Date).Sum(day => day.MaxBy(moment => moment.At).Calls);
        Assert.InRange(days, total.Calls - 10, total.Calls);
    }
}
