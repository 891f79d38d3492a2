using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Each library made four calls (Golden/capture.cjs): plain, streamed (1,000 tokens in, 600 of them cached, 200 out), one refused with 429, an embedding of 30 tokens.</summary>
public sealed class GoldenTests
{
    [Fact]
    public void OpenTelemetry_JavaScript_metrics_make_the_calls_that_were_made()
    {
        var points = Golden.Points("openai-js.metrics.json");
        Assert.Equal(CallsFrom.OperationDurations, PointBooking.CallsOf(points));
        var rows = PointBooking.ToRows(
            in Golden.Source, points, CallsFrom.OperationDurations, Points.Now.AddYears(1), PriceBook.Embedded, null, _ => Assert.Fail("All of it is understood."), UsageSourceKind.TokenUsage);

        Assert.Equal(
            [("bad", "failed", 1L, 0L, 0L, 0m), ("gpt-4o-2024-08-06", null, 2L, 2_000L, 400L, 0.009m), ("text-embedding-3-small", null, 1L, 30L, 0L, 0.0000006m)],
            rows.OrderBy(row => row.Key.Model, StringComparer.Ordinal).Select(row => (row.Key.Model!, row.Key.More!.Parts.Outcome, (long)row.Measures[SpendMeasure.Calls],
                (long)row.Measures[SpendMeasure.Usage(UsageBucket.Input)], (long)row.Measures[SpendMeasure.Usage(UsageBucket.Output)], CostOf(row.Measures))));
        Assert.All(rows, row => Assert.Equal(("openai", "golden"), (row.Key.Provider, row.Key.More!.Parts.Client)));
    }

    [Fact]
    public void OpenTelemetry_JavaScript_spans_make_the_calls_that_were_made() => Assert.Equal(
        [
            ("chat", "gpt-4o-2024-08-06", 1_000L, 0L, 0.0045m, CostQuality.Estimated), ("chat", "gpt-4o-2024-08-06", 1_000L, 0L, 0.0045m, CostQuality.Estimated),
            ("chat", "bad", null, null, null, CostQuality.Unmeasured), ("embeddings", "text-embedding-3-small", 30L, 0L, 0.0000006m, CostQuality.Reported),
        ],
        Said("openai-js.traces.json"));

    // It sends nothing of the stream's usage, and no span of the other two.
    [Fact]
    public void Traceloop_JavaScript_spans_make_the_calls_that_were_told() => Assert.Equal(
        [("chat", "gpt-4o-2024-08-06", 1_000L, 0L, 0.0045m, CostQuality.Estimated), ("chat", "gpt-4o-2024-08-06", null, null, null, CostQuality.Unmeasured)],
        Said("traceloop-js.traces.json"));

    // 400 x 2.50, 600 x 1.25 and 200 x 10 per million; its own cost says 0, since it could not fetch its prices.
    [Fact]
    public void OpenLIT_JavaScript_spans_make_the_calls_that_were_made() => Assert.Equal(
        [
            ("chat", "gpt-4o-2024-08-06", 400L, 600L, 0.00375m, CostQuality.Reported), ("chat", "gpt-4o-2024-08-06", 400L, 600L, 0.00375m, CostQuality.Reported),
            ("chat", "bad", null, null, null, CostQuality.Unmeasured), ("embeddings", "text-embedding-3-small", 30L, 0L, 0.0000006m, CostQuality.Reported),
        ],
        Said("openlit-js.traces.json"));

    private static (string, string, long?, long?, decimal?, CostQuality)[] Said(string file) =>
    [
        .. Golden.Calls(file).Select(call => (call.Operation, call.Model!, call.Usage?[UsageBucket.Input], call.Usage?[UsageBucket.CacheRead], call.Cost?.Amount, call.Quality)),
    ];

    private static decimal CostOf(SpendMeasures row) => Cost.ToUsd(row[SpendMeasure.Cost(UsageBucket.Input)] + row[SpendMeasure.Cost(UsageBucket.Output)]);
}
