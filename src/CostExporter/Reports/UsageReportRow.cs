using System.Globalization;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>What was used and spent under one combination of a report's dimensions. Counts past Int64 throw <see cref="OverflowException"/>; they are never wrapped.</summary>
public sealed class UsageReportRow
{
    private const int CostDecimals = 12;
    private const int RatioDecimals = 6;
    private const int TokensPerPrice = 1_000;

    private readonly SpendKey _key;
    private readonly DimensionSet? _by;
    private readonly KeptSpend? _kept;

    /// <param name="key">Whose row it is.</param>
    /// <param name="day">Its day, in a report by day.</param>
    /// <param name="measures">What was used and spent; not added to any more.</param>
    /// <param name="by">What the report is by: only there does a key that says nothing mean the usual (<see cref="SpendDimensions.HasUsual"/>).</param>
    /// <param name="kept">What the ledger keeps; null: everything.</param>
    internal UsageReportRow(in SpendKey key, DateOnly? day, SpendMeasures measures, DimensionSet? by = null, KeptSpend? kept = null)
    {
        (_key, _by, _kept) = (key, by, kept);
        Day = day;
        Measures = measures;
        CostPico = Sum(measures, out var isPriced) is var sum && (isPriced || !IsUnknown) ? sum : null;
    }

    /// <summary>The dimension's value; null where the calls did not say, where the ledger does not keep it, and for a dimension that the report is not by.</summary>
    public string? this[SpendDimension dimension] =>
        dimension == SpendDimension.Day ? Day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)
        : IsOther || _by?.Has(dimension) != true ? null
        : _kept is null ? dimension.Of(in _key) : _kept.Of(dimension, in _key);

    /// <summary>Whether it sums all that is in none of the <see cref="UsageReportQuery.Top"/> rows, so that the rows add up to the total.</summary>
    public bool IsOther { get; private init; }

    /// <summary>The tag's value; null where the calls did not say, and for a tag that the report is not by.</summary>
    public string? Tag(string name) => _key.More?.Tag(name);

    /// <summary>The day; null unless the report is by day.</summary>
    public DateOnly? Day { get; }

    /// <summary>Finished calls, whatever their outcome.</summary>
    public long Calls => Count(SpendMeasure.Calls);

    /// <summary>Calls that were completed: neither failed, nor cancelled, nor abandoned.</summary>
    public long Succeeded => checked((long)SucceededCalls);

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

    /// <summary>Mean duration of a call; calls whose duration nobody said have no part in it. Null without any other.</summary>
    public TimeSpan? AverageDuration =>
        Measures[SpendMeasure.Calls] - Measures[SpendMeasure.Untimed] is var calls && calls > 0
            ? TimeSpan.FromTicks((long)Int128.Min(((Measures[SpendMeasure.DurationMicros] * TimeSpan.TicksPerMicrosecond) + (calls / 2)) / calls, TimeSpan.MaxValue.Ticks))
            : null;

    /// <summary>Mean cost in USD of the calls whose price is known, to the pico-dollar. Null without any.</summary>
    public decimal? AverageCost => PricedCalls > 0 && Cost is { } cost ? Math.Round(cost / (decimal)PricedCalls, CostDecimals, MidpointRounding.ToEven) : null;

    /// <summary>Mean number of input and output tokens of the calls that reported their usage. Null without any.</summary>
    public decimal? AverageTokens => Ratio(Tokens, Measures[SpendMeasure.Calls] - Measures[SpendMeasure.Unmeasured]);

    /// <summary>
    /// The <see cref="Cost"/> for 1,000 of the tokens whose price is known, in USD to the pico-dollar: everything that was paid, searches and fees too. Null without any.
    /// </summary>
    public decimal? CostPer1KTokens =>
        Tokens - Measures[SpendMeasure.UnpricedTokens] is var tokens && tokens > 0 && Cost is { } cost ? Math.Round(cost * TokensPerPrice / (decimal)tokens, CostDecimals, MidpointRounding.ToEven) : null;

    /// <summary>The part of the input tokens that came from the provider's prompt cache, from 0 to 1. Null without input tokens.</summary>
    public decimal? CacheHitRatio => Ratio(CachedTokens, Sum(UsageBucketExtensions.IsInputTokens));

    /// <summary>The part of the answers that a cache of the application's own gave, from 0 to 1. Null where there were neither hits nor calls.</summary>
    public decimal? AppCacheHitRatio => Ratio(Measures[SpendMeasure.CacheHits], Measures[SpendMeasure.CacheHits] + Measures[SpendMeasure.Calls]);

    /// <summary>
    /// What text that was read from the provider's prompt cache would have cost more as plain input, in USD, exact. Known only where the row itself
    /// tells the price of plain input: all of it is priced, at one whole number of pico-dollars a token. Null where it is not: ask by model.
    /// </summary>
    public decimal? CacheReadSaved => CacheReadSavedPico is { } pico ? Usage.Cost.ToUsd(pico) : null;

    /// <summary>The part of the calls whose price is not known, from 0 to 1. Null without calls.</summary>
    public decimal? UnpricedShare => Ratio(Measures[SpendMeasure.Unpriced], Measures[SpendMeasure.Calls]);

    /// <summary>The part of the tokens whose price is not known, from 0 to 1. Null without tokens.</summary>
    public decimal? UnpricedTokenShare => Ratio(Measures[SpendMeasure.UnpricedTokens], Tokens);

    /// <summary>How many sessions ended. Null unless the query asks for <see cref="UsageReportQuery.Sessions"/>, and where sessions have no such dimension.</summary>
    public long? Sessions => HasSessions ? Count(SpendMeasure.Figures) : null;

    /// <summary>How long they lasted on the average. Null where <see cref="Sessions"/> is null or 0.</summary>
    public TimeSpan? AverageSession =>
        Sessions is { } sessions and > 0 ? TimeSpan.FromTicks((long)Math.Round(Measures.FigureSum() * TimeSpan.TicksPerSecond / sessions, MidpointRounding.ToEven)) : null;

    internal SpendMeasures Measures { get; }

    /// <summary>Null: no call's price is known.</summary>
    internal Int128? CostPico { get; }

    /// <summary>Null: nothing is charged on.</summary>
    internal Int128? ChargedPico =>
        Measures[SpendMeasure.ChargedCalls] != 0 || Measures[SpendMeasure.Charged] != 0 ? Measures[SpendMeasure.Charged] : null;

    /// <summary>Null: nothing is known to be saved.</summary>
    internal Int128? SavedPico => Measures[SpendMeasure.Saved] is var saved && saved != 0 ? saved : null;

    /// <summary>Whose row it is.</summary>
    internal ref readonly SpendKey Key => ref _key;

    /// <summary>Whether sessions are counted in it.</summary>
    internal bool HasSessions { get; init; }

    /// <summary>See <see cref="Succeeded"/>.</summary>
    internal Int128 SucceededCalls => Measures[SpendMeasure.Calls] - Measures[SpendMeasure.Failed] - Measures[SpendMeasure.Cancelled] - Measures[SpendMeasure.Abandoned];

    /// <summary>Input and output tokens.</summary>
    internal Int128 Tokens => Sum(bucket => bucket.IsInputTokens() || bucket.IsOutputTokens());

    /// <summary>Input tokens of all kinds that came from the provider's prompt cache.</summary>
    internal Int128 CachedTokens => Sum(bucket => bucket is UsageBucket.CacheRead or UsageBucket.CacheAudioRead or UsageBucket.CacheImageRead or UsageBucket.CacheVideoRead);

    /// <summary>See <see cref="CacheReadSaved"/>.</summary>
    internal Int128? CacheReadSavedPico
    {
        get
        {
            var (plain, read) = (Measures[SpendMeasure.Usage(UsageBucket.Input)], Measures[SpendMeasure.Usage(UsageBucket.CacheRead)]);
            var (paid, paidRead) = (Measures[SpendMeasure.Cost(UsageBucket.Input)], Measures[SpendMeasure.Cost(UsageBucket.CacheRead)]);
            var isOnePrice = plain > 0 && paid > 0 && paid % plain == 0;
            return read > 0 && isOnePrice && Measures[SpendMeasure.UnpricedTokens] == 0 && Measures[SpendMeasure.Estimated] == 0 ? (paid / plain * read) - paidRead : null;
        }
    }

    private Int128 PricedCalls => Measures[SpendMeasure.Calls] - Measures[SpendMeasure.Unpriced] - Measures[SpendMeasure.Unmeasured];

    // Tokens alone can be unpriced where another library's telemetry gives tokens and no calls; what is booked for a call afterwards is no call either.
    private bool IsUnknown =>
        Measures[SpendMeasure.Unpriced] + Measures[SpendMeasure.Unmeasured] is var without
        && ((without > 0 && without >= Measures[SpendMeasure.Calls]) || (Measures[SpendMeasure.Calls] == 0 && (Measures[SpendMeasure.UnpricedTokens] > 0 || Measures[SpendMeasure.UnpricedParts] > 0)));

    /// <summary>What was used of one bucket.</summary>
    public long UsageOf(UsageBucket bucket) => Count(SpendMeasure.Usage(bucket));

    /// <summary>What one bucket cost in USD, exact; 0 when it cost nothing or its price is not known.</summary>
    public decimal CostOf(UsageBucket bucket) => Usage.Cost.ToUsd(Measures[SpendMeasure.Cost(bucket)]);

    /// <summary>Another row of the same report.</summary>
    internal UsageReportRow Like(in SpendKey key, DateOnly? day, SpendMeasures measures, bool isOther = false) => new(in key, day, measures, _by, _kept) { HasSessions = HasSessions, IsOther = isOther };

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

    /// <summary>What is known to have been spent: 0 where no price is known.</summary>
    internal static Int128 PricedPico(SpendMeasures measures) => Sum(measures, out _);

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

    private static decimal? Ratio(Int128 part, Int128 whole) => whole > 0 ? Math.Round((decimal)part / (decimal)whole, RatioDecimals, MidpointRounding.ToEven) : null;

    private long Count(byte measure) => checked((long)Measures[measure]);
}
