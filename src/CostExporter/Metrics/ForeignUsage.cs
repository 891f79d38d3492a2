using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// What other libraries' metrics say of one model in one collection or request: sums over calls of which only their number is known. So the cost is estimated: where the price depends on the
/// length of the context, at the rate of the average call, and without what no metric says (cached input mostly, service tiers). It is exact for calls of one kind without cache; a few long calls among many
/// short ones are priced too low, cached input that is not told apart too high.
/// </summary>
internal sealed class ForeignUsage
{
    private readonly ForeignTokens _tokens = new();
    private readonly CallCounts _counts = new();

    /// <summary>The moment of the latest point.</summary>
    public DateTimeOffset At { get; private set; }

    /// <summary>False, and nothing added: the point says nothing that can be added up.</summary>
    public bool TryAdd(string metric, in PointTags tags, in PointSum sum, DateTimeOffset at, out string ignored)
    {
        ignored = IgnoredReasons.NotInference;
        if (ForeignMetrics.IsAroundCalls(tags.Operation))
        {
            return false;
        }

        var (part, calls) = (ForeignMetrics.PartOf(metric, in tags), ForeignMetrics.CallsOf(metric, in tags));
        if (part is null && (calls is null || sum.Count == 0))
        {
            ignored = calls is null ? IgnoredReasons.TokenType : IgnoredReasons.NotASum;
            return false;
        }

        At = at > At ? at : At;
        if (part is { } known)
        {
            _tokens.Add(known, ForeignMetrics.ModalPartOf(known, in tags), in sum);
        }

        if (calls is { } from)
        {
            _counts.Add(from, in tags, in sum);
        }

        return true;
    }

    /// <summary>Prices what was added and returns it as measures, by the key of <paramref name="tags"/> with outcome and quality.</summary>
    /// <param name="prices">The prices.</param>
    /// <param name="markup">What is charged on; null for nothing.</param>
    /// <param name="tags">Whose they are (<see cref="PointTags.Who"/>).</param>
    /// <param name="calls">What calls are counted by; null: they are not.</param>
    /// <param name="isMeasured">Whether anything tells what the calls used, if not here.</param>
    public IEnumerable<(SpendKey Key, SpendMeasures Measures)> ToRows(PriceBook prices, MarkupRules? markup, PointTags tags, CallsFrom? calls, bool isMeasured)
    {
        if (calls is { } from && _counts.Of(from, isFailed: true) is > 0 and var failed)
        {
            // Libraries report no usage of a call that failed.
            var row = new SpendMeasures();
            _counts.AddTo(row, from, isFailed: true);
            row.Add(SpendMeasure.Failed, failed);
            row.Add(SpendMeasure.Unmeasured, failed);
            yield return ((tags with { Outcome = Outcomes.Failed, Quality = Qualities.Unmeasured }).Key, row);
        }

        var counted = _counts.Of(calls, isFailed: false);
        if (counted != 0 || !_tokens.IsEmpty)
        {
            var row = new SpendMeasures();
            if (counted != 0)
            {
                _counts.AddTo(row, calls!.Value, isFailed: false);
            }

            var quality = AddUsage(row, prices, markup, in tags, counted, isMeasured);
            yield return ((tags with { Quality = quality }).Key, row);
        }
    }

    private string AddUsage(SpendMeasures row, PriceBook prices, MarkupRules? markup, in PointTags tags, long counted, bool isMeasured)
    {
        if (_tokens.IsEmpty && !isMeasured)
        {
            row.Add(SpendMeasure.Unmeasured, counted);
            return Qualities.Unmeasured;
        }

        var usage = _tokens.ToUsage();
        foreach (var bucket in usage)
        {
            row.Add(SpendMeasure.Usage(bucket), usage[bucket]);
        }

        // Calls and their tokens may come apart: each says for itself whether there is a price.
        var average = _tokens.PerCall(in usage, _counts.Best());
        if (!TryPrice(prices, in tags, in average, out var cost))
        {
            row.Add(SpendMeasure.Unpriced, counted);
            row.Add(SpendMeasure.UnpricedTokens, (Int128)usage.InputTokens + usage.OutputTokens);
            return Qualities.Unpriced;
        }

        row.Add(SpendMeasure.Estimated, counted);
        Int128 total = 0;
        foreach (var bucket in cost)
        {
            // By tokens where they are counted, else (a fee) by calls.
            var pico = average.IsReported(bucket) ? Scale(cost.Pico(bucket), usage[bucket], average[bucket]) : cost.Pico(bucket) * counted;
            row.Add(SpendMeasure.Cost(bucket), pico);
            total += pico;
        }

        row.AddCharge(markup?.ChargePico(total, tags.Feature, tags.Tenant, tags.Provider), counted);
        return Qualities.Estimated;
    }

    private bool TryPrice(PriceBook prices, in PointTags tags, in CallUsage average, out Cost cost)
    {
        cost = default;
        return (tags.ResponseModel is not null && prices.TryQuote(tags.Provider, tags.ResponseModel, in average, At, null, null, out cost))
            || (tags.RequestModel is not null && prices.TryQuote(tags.Provider, tags.RequestModel, in average, At, null, null, out cost));
    }

    private static Int128 Scale(Int128 pico, long tokens, long average) => average == 0 ? 0 : ((pico * tokens) + (average / 2)) / average;
}
