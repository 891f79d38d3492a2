using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>Turns points of our own public meter into measures: the other way round from what the instrumentation does.</summary>
internal static class OwnMetrics
{
    private const long MicrosPerSecond = 1_000_000;

    /// <summary>Whether the metric is one that the ledger is made of; our gen_ai.* metrics say the same once more and are not.</summary>
    public static bool Takes(string metric) => metric
        is Metrics.UsageTokens or Metrics.UsageCost or Metrics.UsageCharge or Metrics.UsageSaved or Metrics.CacheHits or Metrics.UsageCalls or Metrics.UsageDuration or Metrics.UsageInconsistent;

    public static void Add(SpendMeasures row, string metric, in PointTags tags, in PointSum sum)
    {
        switch (metric)
        {
            case Metrics.UsageTokens:
                AddUsage(row, in tags, sum.In(1));
                break;
            case Metrics.UsageCost:
                Add(row, SpendMeasure.Cost(BucketOf(in tags)), sum.In(Cost.PicoPerUsd));
                break;
            case Metrics.UsageCharge:
                Add(row, SpendMeasure.Charged, sum.In(Cost.PicoPerUsd));
                break;
            case Metrics.UsageSaved:
                Add(row, SpendMeasure.Saved, sum.In(Cost.PicoPerUsd));
                break;
            case Metrics.CacheHits:
                Add(row, SpendMeasure.CacheHits, sum.In(1));
                break;
            case Metrics.UsageCalls:
                AddCalls(row, in tags, sum.In(1));
                break;
            case Metrics.UsageDuration:
                Add(row, SpendMeasure.DurationMicros, sum.In(MicrosPerSecond));
                break;
            default:
                Add(row, SpendMeasure.Inconsistent, sum.In(1));
                break;
        }
    }

    private static void AddUsage(SpendMeasures row, in PointTags tags, Int128 count)
    {
        var bucket = BucketOf(in tags);
        Add(row, SpendMeasure.Usage(bucket), count);
        if (tags.Quality == Qualities.Unpriced && (bucket.IsInputTokens() || bucket.IsOutputTokens()))
        {
            Add(row, SpendMeasure.UnpricedTokens, count);
        }
    }

    private static void AddCalls(SpendMeasures row, in PointTags tags, Int128 count)
    {
        Add(row, SpendMeasure.Calls, count);
        byte? outcome = tags.Outcome switch
        {
            Outcomes.Failed => SpendMeasure.Failed,
            Outcomes.Cancelled => SpendMeasure.Cancelled,
            Outcomes.Abandoned => SpendMeasure.Abandoned,
            _ => null,
        };
        byte? quality = tags.Quality switch
        {
            Qualities.Partial => SpendMeasure.Partial,
            Qualities.Estimated => SpendMeasure.Estimated,
            Qualities.Unpriced => SpendMeasure.Unpriced,
            Qualities.Unmeasured => SpendMeasure.Unmeasured,
            _ => null,
        };
        Add(row, outcome, count);
        Add(row, quality, count);
    }

    private static void Add(SpendMeasures row, byte? measure, Int128 amount)
    {
        if (measure is { } known && amount != 0)
        {
            row.Add(known, amount);
        }
    }

    // An overflow point has lost its bucket: its tokens and its money are right in the sums, and stand under input.
    private static UsageBucket BucketOf(in PointTags tags) => UsageBucketExtensions.TryParse(tags.UsageType, out var bucket) ? bucket : UsageBucket.Input;
}
