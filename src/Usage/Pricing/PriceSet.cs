namespace LlmTelemetry.Usage;

/// <summary>The prices of a model while a condition holds, by service tier, region and context tier. Immutable but for tables made when they are first asked for.</summary>
/// <param name="period">When the prices hold.</param>
/// <param name="standard">The prices of the standard service tier.</param>
/// <param name="tiers">The other service tiers that have a price.</param>
/// <param name="regions">What token prices are multiplied by, by region.</param>
internal sealed class PriceSet(PricePeriod period, ContextPrices standard, ServiceTierTerms[] tiers, RegionTerms[] regions)
{
    // Made when they are first asked for: a process uses few of the models. The standard tier at list price is asked for by nearly every call.
    private TierTables? _list;
    private TierTables?[]? _others;

    /// <summary>When the prices hold.</summary>
    public PricePeriod Period => period;

    /// <summary>Whether the bucket has a price of its own rather than that of a class which contains it.</summary>
    public bool Names(UsageBucket bucket) => Enumerable.Range(0, standard.Count).Any(i => standard[i].Buckets.Contains(bucket));

    /// <summary>Adds the cost of each bucket.</summary>
    /// <returns>False: the service tier, or something that was used, has no price.</returns>
    public bool TryPrice(in CallUsage usage, string? serviceTier, string? region, ref Cost cost) =>
        Find(serviceTier, region) is { } tables && tables.TryPrice(in usage, ref cost);

    /// <summary>How the call is priced; <see cref="PriceExplanation.Problem"/> says why it is not.</summary>
    public PriceExplanation Explain(PriceExplanation names, in CallUsage usage, string? serviceTier, string? region, bool isPriced)
    {
        var tier = ServiceTierNames.Of(serviceTier);
        if (Find(serviceTier, region) is not { } tables)
        {
            var known = tiers.Length == 0 ? "only the standard one" : "standard, " + string.Join(", ", tiers.Select(t => t.Name));
            return names with { PriceSet = period.ToString(), Problem = $"{names.Provider}/{names.Model} has no price for the service tier {tier}; it has {known}." };
        }

        var (lines, start) = tables.Explain(in usage);
        List<PriceLine> all = [.. lines];
        return names with
        {
            PriceSet = period.ToString(),
            ServiceTier = tier.Length == 0 ? null : TierIndex(tier) is var found && found > 0 && found <= tiers.Length ? tiers[found - 1].Name : tier,
            RegionMultiplier = RegionIndex(region) is > 0 and var at ? regions[at - 1].Times : null,
            ContextTier = start == 0 ? null : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"from {start} input tokens on"),
            Lines = all,
            Problem = isPriced ? null : $"{names.Provider}/{names.Model} {Missing(all)}.",
        };
    }

    /// <summary>Why the price of a sum is not the sum of the prices; null: it is.</summary>
    public string? SumProblem(in CallUsage usage, bool isStandard, string? region) =>
        !isStandard && tiers.Length != 0 ? "its price depends on the service tier, which sums do not keep"
        : !isStandard && regions.Length != 0 ? "its price depends on the region, which sums do not keep"
        : Find(null, region)!.SumProblem(in usage);

    private string Missing(List<PriceLine> lines)
    {
        var line = lines.Find(l => l.Rate is null && standard[0].Find(l.Bucket, out _) is not null);
        return line.Count != 0
            ? $"has prices for {line.Bucket.Name()} by kind, and none for {line.Kind ?? "what is of no kind"}"
            : $"has no price for {string.Join(", ", lines.Where(l => l.Rate is null).Select(l => l.Bucket.Name()))}";
    }

    private TierTables? Find(string? serviceTier, string? region)
    {
        var regionIndex = RegionIndex(region);
        var tier = ServiceTierNames.Of(serviceTier);
        var tierIndex = tier.Length == 0 ? 0 : TierIndex(tier);
        if (tierIndex < 0)
        {
            return null;
        }

        if (tierIndex + regionIndex == 0)
        {
            return Volatile.Read(ref _list) ?? Make(ref _list, 0, 0);
        }

        var others = Volatile.Read(ref _others) ?? Slots();
        ref var slot = ref others[(tierIndex * (regions.Length + 1)) + regionIndex];
        return Volatile.Read(ref slot) ?? Make(ref slot, tierIndex, regionIndex);
    }

    // Two threads may make the same; either will do.
    private TierTables Make(ref TierTables? slot, int tierIndex, int regionIndex)
    {
        var terms = tierIndex == 0 ? ServiceTierTerms.Standard : tierIndex > tiers.Length ? ServiceTierTerms.Provisioned : tiers[tierIndex - 1];
        var made = new TierTables(terms.Apply(standard, regionIndex == 0 ? 1 : regions[regionIndex - 1].Times));
        Volatile.Write(ref slot, made);
        return made;
    }

    private TierTables?[] Slots()
    {
        Interlocked.CompareExchange(ref _others, new TierTables?[(tiers.Length + 2) * (regions.Length + 1)], null);
        return _others;
    }

    // 0: standard; past the entry's own: provisioned; -1: none.
    private int TierIndex(string tier)
    {
        var own = IndexOf(tier);
        if (own < 0 && tier.Equals(ServiceTierNames.Fast, StringComparison.OrdinalIgnoreCase))
        {
            // OpenAI's fast mode is its priority tier.
            own = IndexOf(ServiceTierNames.Priority);
        }

        return own >= 0 ? own + 1 : tier.Equals(ServiceTierNames.Provisioned, StringComparison.OrdinalIgnoreCase) ? tiers.Length + 1 : -1;
    }

    private int IndexOf(string tier)
    {
        for (var i = 0; i < tiers.Length; i++)
        {
            if (tiers[i].Name.Equals(tier, StringComparison.OrdinalIgnoreCase))
            {
                return i;
            }
        }

        return -1;
    }

    private int RegionIndex(string? region)
    {
        if (string.IsNullOrEmpty(region) || regions.Length == 0 || region.Equals(RegionTerms.NotSaid, StringComparison.OrdinalIgnoreCase))
        {
            return 0;
        }

        for (var i = 0; i < regions.Length; i++)
        {
            if (regions[i].Name == RegionTerms.Any || regions[i].Name.Equals(region, StringComparison.OrdinalIgnoreCase))
            {
                return i + 1;
            }
        }

        return 0;
    }
}

/// <summary>What the prices of token buckets are multiplied by in a region.</summary>
/// <param name="Name">The region, in lower case, or <see cref="Any"/>, which comes last.</param>
/// <param name="Times">The multiplier.</param>
internal readonly record struct RegionTerms(string Name, decimal Times)
{
    public const string Any = "*";

    /// <summary>Anthropic's word for it.</summary>
    public const string NotSaid = "not_available";
}
