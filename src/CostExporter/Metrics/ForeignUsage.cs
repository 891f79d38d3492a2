using LlmTelemetry.Usage;
using OpenTelemetry.Metrics;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// What other libraries' <c>gen_ai.*</c> metrics say of one model in one collection: sums over calls of which only their number is known,
/// without cached or reasoning tokens. So the cost is estimated: all input at the full input rate, and where the price depends on the length
/// of the context, at the rate of the average call. It is exact for calls of one kind without cache; a few long calls among many short ones
/// are priced too low, cached input too high.
/// </summary>
internal sealed class ForeignUsage
{
    private const long MicrosPerSecond = 1_000_000;

    // Of a sum whose number of calls is unknown: short enough for the lowest context tier, long enough that no rate rounds away.
    private const long ProbeTokens = 1_000;

    private readonly SpendMeasures _calls = new();
    private readonly SpendMeasures _failed = new();
    private Side _input;
    private Side _output;

    public static bool Takes(Metric metric) => metric.Name is GenAi.TokenUsage or GenAi.OperationDuration;

    /// <summary>False, and nothing added: the point says nothing that can be added up.</summary>
    public bool TryAdd(Metric metric, in PointTags tags, in PointSum sum, out string ignored)
    {
        ignored = IgnoredReasons.NotInference;
        if (tags.Operation
            is GenAi.OperationCreateAgent or GenAi.OperationInvokeAgent or GenAi.OperationInvokeWorkflow or GenAi.OperationExecuteTool
            or GenAi.OperationPlan or GenAi.OperationRetrieval or GenAi.OperationFetchResponse)
        {
            return false;
        }

        if (metric.Name == GenAi.OperationDuration)
        {
            ignored = IgnoredReasons.NotASum;
            return sum.Count > 0 && AddCalls(in tags, in sum);
        }

        // Other types than these two overlap them (audio, text): adding them up would count tokens twice.
        ignored = IgnoredReasons.TokenType;
        switch (tags.TokenType)
        {
            case GenAi.TokenTypeOutput:
                _output = _output.Plus(in sum);
                return true;
            case GenAi.TokenTypeInput:
            case null when tags.IsOverflow:
                _input = _input.Plus(in sum);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Prices what was added and returns it as measures, by the key of <paramref name="tags"/> with outcome and quality.</summary>
    public IEnumerable<(SpendKey Key, SpendMeasures Measures)> ToRows(PriceBook prices, MarkupRules? markup, PointTags tags, DateTimeOffset at)
    {
        if (_failed.Count != 0)
        {
            yield return ((tags with { Outcome = Outcomes.Failed, Quality = Qualities.Unmeasured }).Key, _failed);
        }

        if (_calls.Count != 0 || !_input.IsEmpty || !_output.IsEmpty)
        {
            var row = ToMeasures(prices, markup, in tags, at, out var quality);
            yield return ((tags with { Quality = quality }).Key, row);
        }
    }

    private SpendMeasures ToMeasures(PriceBook prices, MarkupRules? markup, in PointTags tags, DateTimeOffset at, out string quality)
    {
        var row = new SpendMeasures();
        row.Add(_calls);
        quality = Qualities.Estimated;
        var calls = Math.Max(_input.Calls, _output.Calls);
        if (_input.IsEmpty && _output.IsEmpty)
        {
            return row;
        }

        row.Add(SpendMeasure.Usage(UsageBucket.Input), _input.Tokens);
        row.Add(SpendMeasure.Usage(UsageBucket.Output), _output.Tokens);
        if (TryPrice(prices, in tags, at, out var cost))
        {
            row.Add(SpendMeasure.Estimated, calls);
            Int128 total = 0;
            foreach (var bucket in cost)
            {
                var pico = Scale(bucket, cost.Pico(bucket), calls);
                row.Add(SpendMeasure.Cost(bucket), pico);
                total += pico;
            }

            row.AddCharge(markup?.ChargePico(total, tags.Feature, tags.Tenant, tags.Provider), calls);
        }
        else
        {
            quality = Qualities.Unpriced;
            row.Add(SpendMeasure.Unpriced, calls);
            row.Add(SpendMeasure.UnpricedTokens, _input.Tokens + _output.Tokens);
        }

        return row;
    }

    private bool AddCalls(in PointTags tags, in PointSum sum)
    {
        var row = tags.ErrorType is null ? _calls : _failed;
        row.Add(SpendMeasure.Calls, sum.Count);
        row.Add(SpendMeasure.DurationMicros, sum.In(MicrosPerSecond));
        if (tags.ErrorType is not null)
        {
            // Libraries report no usage of a call that failed.
            row.Add(SpendMeasure.Failed, sum.Count);
            row.Add(SpendMeasure.Unmeasured, sum.Count);
        }

        return true;
    }

    private bool TryPrice(PriceBook prices, in PointTags tags, DateTimeOffset at, out Cost cost)
    {
        var average = default(CallUsage);
        average[UsageBucket.Input] = _input.PerCall;
        average[UsageBucket.Output] = _output.PerCall;
        cost = default;
        return (tags.ResponseModel is not null && prices.TryQuote(tags.Provider, tags.ResponseModel, in average, at, null, null, out cost))
            || (tags.RequestModel is not null && prices.TryQuote(tags.Provider, tags.RequestModel, in average, at, null, null, out cost));
    }

    // From the average call's cost to that of all: by tokens where they are counted, else by calls.
    private Int128 Scale(UsageBucket bucket, Int128 pico, long calls) =>
        bucket.IsInputTokens() ? _input.Scale(pico) : bucket.IsOutputTokens() ? _output.Scale(pico) : pico * calls;

    /// <summary>The tokens of one direction and the calls they are of; 0 calls: not known.</summary>
    private readonly record struct Side(Int128 Tokens, long Calls, bool IsKnown)
    {
        public bool IsEmpty => !IsKnown;

        public long PerCall => Calls == 0 ? ProbeTokens : (long)((Tokens + (Calls / 2)) / Calls) is var mean && mean == 0 && Tokens > 0 ? 1 : mean;

        public Side Plus(in PointSum sum) => new(Tokens + sum.In(1), Calls + sum.Count, true);

        public Int128 Scale(Int128 pico) => PerCall == 0 ? 0 : ((pico * Tokens) + (PerCall / 2)) / PerCall;
    }
}
