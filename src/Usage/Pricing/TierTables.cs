namespace LlmTelemetry.Usage;

/// <summary>The rates of one service tier in one region, by context tier. Immutable.</summary>
internal sealed class TierTables
{
    private readonly PricedContext[] _contexts;
    private readonly RateTable[] _tables;

    public TierTables(PricedContext[] contexts)
    {
        _contexts = contexts;
        _tables = Array.ConvertAll(contexts, c => new RateTable(c.Sheet, c.Times));
    }

    /// <inheritdoc cref="RateTable.TryPrice"/>
    public bool TryPrice(in CallUsage usage, ref Cost cost) => _tables[TierOf(in usage)].TryPrice(in usage, ref cost);

    /// <summary>The lines of an explanation, and the fewest input tokens of the tier that they are priced in.</summary>
    public (IEnumerable<PriceLine> Lines, long Start) Explain(in CallUsage usage)
    {
        var tier = TierOf(in usage);
        return (_tables[tier].Explain(_contexts[tier].Sheet, usage), _contexts[tier].Start);
    }

    /// <inheritdoc cref="PriceSet.SumProblem"/>
    public string? SumProblem(in CallUsage usage) => _tables.Length > 1 ? "its price depends on how long each prompt was" : _tables[0].SumProblem(in usage);

    // The tier that the call's whole input falls in holds for the whole call.
    private int TierOf(in CallUsage usage)
    {
        var tier = _tables.Length - 1;
        if (tier > 0)
        {
            var input = usage.InputTokens;
            while (input < _contexts[tier].Start)
            {
                tier--;
            }
        }

        return tier;
    }
}
