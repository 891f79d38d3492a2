using System.Globalization;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>What was used and spent under one combination of a report's dimensions. Counts past Int64 throw <see cref="OverflowException"/>; they are never wrapped.</summary>
public sealed class UsageReportRow
{
    private readonly SpendKey _key;
    private readonly DimensionSet? _by;

    /// <param name="key">Whose row it is.</param>
    /// <param name="day">Its day, in a report by day.</param>
    /// <param name="measures">What was used and spent; not added to any more.</param>
    /// <param name="by">What the report is by: only there does a key that says nothing mean the usual (<see cref="SpendDimensions.HasUsual"/>).</param>
    internal UsageReportRow(in SpendKey key, DateOnly? day, SpendMeasures measures, DimensionSet? by = null)
    {
        _key = key;
        _by = by;
        Day = day;
        Measures = measures;
        CostPico = Sum(measures, out var isPriced) is var sum && (isPriced || !IsUnknown) ? sum : null;
    }

    /// <summary>The dimension's value; null where the calls did not say, and for a dimension that the report is not by.</summary>
    public string? this[SpendDimension dimension] => dimension switch
    {
        SpendDimension.Day => Day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => dimension.HasUsual() && _by?.Has(dimension) != true ? null : dimension.Of(in _key),
    };

    /// <summary>The tag's value; null where the calls did not say, and for a tag that the report is not by.</summary>
    public string? Tag(string name) => _key.More?.Tag(name);

    /// <summary>The day; null unless the report is by day.</summary>
    public DateOnly? Day { get; }

    /// <summary>Finished calls, whatever their outcome.</summary>
    public long Calls => Count(SpendMeasure.Calls);

    /// <summary>Calls that failed.</summary>
    public long Failed => Count(SpendMeasure.Failed);

    /// <summary>Calls that their caller cancelled.</summary>
    public long Cancelled => Count(SpendMeasure.Cancelled);

    /// <summary>Streams that their reader left before the end.</summary>
    public long Abandoned => Count(SpendMeasure.Abandoned);

    /// <summary>Calls of which only a part of the usage is known.</summary>
    public long Partial => Count(SpendMeasure.Partial);

    /// <summary>Calls whose usage was estimated.</summary>
    public long Estimated => Count(SpendMeasure.Estimated);

    /// <summary>Calls whose usage is known and whose price is not: <see cref="Cost"/> is without them.</summary>
    public long Unpriced => Count(SpendMeasure.Unpriced);

    /// <summary>Input and output tokens of <see cref="Unpriced"/> calls.</summary>
    public long UnpricedTokens => Count(SpendMeasure.UnpricedTokens);

    /// <summary>Calls that reported no usage: tokens and <see cref="Cost"/> are without them.</summary>
    public long Unmeasured => Count(SpendMeasure.Unmeasured);

    /// <summary>Calls whose counts contradicted themselves.</summary>
    public long Inconsistent => Count(SpendMeasure.Inconsistent);

    /// <summary>Input tokens of all kinds, cached ones included.</summary>
    public long InputTokens => checked((long)Sum(UsageBucketExtensions.IsInputTokens));

    /// <summary>Output tokens of all kinds, reasoning included.</summary>
    public long OutputTokens => checked((long)Sum(UsageBucketExtensions.IsOutputTokens));

    /// <summary>
    /// The cost in USD, exact, of all calls whose price is known. Null where no call's is: unknown, which is not 0.
    /// </summary>
    public decimal? Cost => CostPico is { } pico ? Usage.Cost.ToUsd(pico) : null;

    /// <summary>
    /// What is charged on in USD, exact: the cost of the <see cref="ChargedCalls"/> with markup or discount; other calls have no part in it. Null
    /// where nothing is charged on, which is not 0.
    /// </summary>
    public decimal? Charged => ChargedPico is { } pico ? Usage.Cost.ToUsd(pico) : null;

    /// <summary>
    /// Calls that were charged on: their price was known and their feature's mode is <see cref="TrackingMode.Markup"/>. 0 also where the charge comes
    /// from the tracker's metrics instead of its events: those do not say of how many calls it is.
    /// </summary>
    public long ChargedCalls => Count(SpendMeasure.ChargedCalls);

    /// <summary>Answers that a cache of the application's own gave; they are not among the <see cref="Calls"/>.</summary>
    public long CacheHits => Count(SpendMeasure.CacheHits);

    /// <summary>
    /// What <see cref="CacheHits"/> would have cost in USD, exact, as far as their prices are known; it is no part of the <see cref="Cost"/>. Null where
    /// nothing is known to be saved.
    /// </summary>
    public decimal? Saved => SavedPico is { } pico ? Usage.Cost.ToUsd(pico) : null;

    /// <summary>Mean duration of a call; null without calls.</summary>
    public TimeSpan? AverageDuration =>
        Measures[SpendMeasure.Calls] is var calls && calls > 0
            ? TimeSpan.FromTicks((long)Int128.Min(((Measures[SpendMeasure.DurationMicros] * TimeSpan.TicksPerMicrosecond) + (calls / 2)) / calls, TimeSpan.MaxValue.Ticks))
            : null;

    internal SpendKey Key => _key;

    internal SpendMeasures Measures { get; }

    /// <summary>Null: no call's price is known.</summary>
    internal Int128? CostPico { get; }

    /// <summary>Null: nothing is charged on.</summary>
    internal Int128? ChargedPico =>
        Measures[SpendMeasure.ChargedCalls] != 0 || Measures[SpendMeasure.Charged] != 0 ? Measures[SpendMeasure.Charged] : null;

    /// <summary>Null: nothing is known to be saved.</summary>
    internal Int128? SavedPico => Measures[SpendMeasure.Saved] is var saved && saved != 0 ? saved : null;

    // Tokens alone can be unpriced where another library's telemetry gives tokens and no calls.
    private bool IsUnknown =>
        Measures[SpendMeasure.Unpriced] + Measures[SpendMeasure.Unmeasured] is var without
        && ((without > 0 && without >= Measures[SpendMeasure.Calls]) || (Measures[SpendMeasure.Calls] == 0 && Measures[SpendMeasure.UnpricedTokens] > 0));

    /// <summary>What was used of one bucket.</summary>
    public long UsageOf(UsageBucket bucket) => Count(SpendMeasure.Usage(bucket));

    /// <summary>What one bucket cost in USD, exact; 0 when it cost nothing or its price is not known.</summary>
    public decimal CostOf(UsageBucket bucket) => Usage.Cost.ToUsd(Measures[SpendMeasure.Cost(bucket)]);

    internal Int128 Sum(Func<UsageBucket, bool> of)
    {
        Int128 sum = 0;
        for (var i = 0; i < Measures.Count; i++)
        {
            var (measure, value) = Measures.At(i);
            sum += SpendMeasure.IsUsage(measure, out var bucket) && of(bucket) ? value : 0;
        }

        return sum;
    }

    private static Int128 Sum(SpendMeasures measures, out bool isPriced)
    {
        Int128 sum = 0;
        isPriced = false;
        for (var i = 0; i < measures.Count; i++)
        {
            var (measure, value) = measures.At(i);
            if (SpendMeasure.IsCost(measure, out _))
            {
                isPriced = true;
                sum += value;
            }
        }

        return sum;
    }

    private long Count(byte measure) => checked((long)Measures[measure]);
}
