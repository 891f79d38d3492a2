namespace LlmTelemetry.Usage;

/// <summary>The prices of a model while a condition holds, by context tier. Immutable.</summary>
/// <param name="period">When the prices hold.</param>
/// <param name="tables">The base prices first, then those of each context tier in rising order.</param>
/// <param name="starts">For each table the input tokens above which it replaces the one before, for the whole request; the first is below 0.</param>
/// <param name="own">The buckets that have a price of their own.</param>
internal sealed class PriceSet(PricePeriod period, RateTable[] tables, long[] starts, uint own)
{
    /// <summary>Whether the set holds at the time.</summary>
    public bool HoldsAt(DateTimeOffset when) => period.Contains(when);

    /// <summary>Whether the bucket has a price of its own rather than that of a class which contains it.</summary>
    public bool Names(UsageBucket bucket) => (own >> (int)bucket & 1) != 0;

    public bool TryPrice(in CallUsage usage, string? serviceTier, string? region, ref Cost cost)
    {
        if (!IsStandard(serviceTier))
        {
            return false;
        }

        _ = region;
        Price(in usage, ref cost);
        return true;
    }

    private static bool IsStandard(string? serviceTier) =>
        string.IsNullOrEmpty(serviceTier)
        || serviceTier.Equals("default", StringComparison.OrdinalIgnoreCase)
        || serviceTier.Equals("standard", StringComparison.OrdinalIgnoreCase)
        || serviceTier.Equals("auto", StringComparison.OrdinalIgnoreCase)
        || serviceTier.Equals("on_demand", StringComparison.OrdinalIgnoreCase);

    /// <summary>Adds the cost of each bucket at the rates of the tier that the call's whole input falls in.</summary>
    public void Price(in CallUsage usage, ref Cost cost)
    {
        var tier = tables.Length - 1;
        if (tier > 0)
        {
            var input = usage.InputTokens;
            while (input <= starts[tier])
            {
                tier--;
            }
        }

        tables[tier].Price(in usage, ref cost);
    }
}
