namespace LlmTelemetry.Usage;

/// <summary>How a service tier's prices follow from the standard ones: docs/prices.md, "Service tiers". Immutable.</summary>
/// <param name="Name">The tier, in lower case.</param>
/// <param name="Times">What the prices of token buckets are multiplied by; null: they are as they are.</param>
/// <param name="Except">Token buckets that are not multiplied.</param>
/// <param name="Own">Prices of its own.</param>
internal sealed record ServiceTierTerms(string Name, decimal? Times, IReadOnlySet<UsageBucket> Except, ContextPrices Own)
{
    public static ServiceTierTerms Standard { get; } = new("", null, new HashSet<UsageBucket>(), ContextPrices.Empty);

    public static ServiceTierTerms Provisioned { get; } = Standard with { Name = ServiceTierNames.Provisioned, Times = 0 };

    /// <summary>The prices and multipliers of each context tier.</summary>
    /// <param name="standard">The standard tier's.</param>
    /// <param name="region">What the region multiplies token buckets by.</param>
    public PricedContext[] Apply(ContextPrices standard, decimal region)
    {
        // Own context tiers say all of them; without those, the tier is offered (or multiplied) where the standard's are.
        if (Own.Count > 1)
        {
            return [.. Enumerable.Range(0, Own.Count).Select(i => Context(Own.StartOf(i), standard[0], Own[i], region))];
        }

        return
        [
            .. Enumerable.Range(0, standard.Count)
                .Select(i => Context(standard.StartOf(i), standard[i], i == 0 && Own.Count != 0 ? Own[0] : PriceSheet.Empty, region)),
        ];
    }

    // A price of its own is not multiplied by the tier, nor is what pays it; the region multiplies both.
    private PricedContext Context(long start, PriceSheet standard, PriceSheet own, decimal region)
    {
        var sheet = standard.With(own);
        return new PricedContext(start, sheet, bucket =>
            !PriceUnits.IsTokens(bucket) ? 1
            : region * (Times is not { } times || Except.Contains(bucket) || IsOwn(bucket) ? 1 : times));

        bool IsOwn(UsageBucket bucket) => sheet.Find(bucket, out var pricedAs) is not null && own.Buckets.Contains(pricedAs);
    }
}

/// <summary>The prices from one number of input tokens on.</summary>
/// <param name="Start">The fewest input tokens that it holds for.</param>
/// <param name="Sheet">The prices.</param>
/// <param name="Times">What the price of a bucket is multiplied by.</param>
internal readonly record struct PricedContext(long Start, PriceSheet Sheet, Func<UsageBucket, decimal> Times);
