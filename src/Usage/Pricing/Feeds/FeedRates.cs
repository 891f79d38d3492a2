using System.Text.Json.Nodes;

namespace LlmTelemetry.Usage;

/// <summary>Prices of buckets in the units of a price file, and those above a number of input tokens.</summary>
internal sealed class FeedRates
{
    /// <summary>No context tier starts at so many.</summary>
    public const long MostTokens = 1_000_000_000_000;

    public SortedDictionary<UsageBucket, decimal> Base { get; init; } = [];

    /// <summary>By the number of input tokens above which they replace the base prices that they name.</summary>
    public SortedDictionary<long, SortedDictionary<UsageBucket, decimal>> Tiers { get; init; } = [];

    /// <summary>Whether a price is not to be believed: without it, what it is for would cost nothing.</summary>
    public bool IsBroken { get; set; }

    public bool IsFree => Tiers.Values.Append(Base).All(prices => prices.Values.All(usd => usd == 0));

    public bool IsEmpty => Base.Count == 0 && Tiers.Count == 0;

    /// <summary>The prices of a tier, made where it is not there yet; those of 0 are the base prices.</summary>
    public SortedDictionary<UsageBucket, decimal> Above(long tokens)
    {
        if (tokens == 0)
        {
            return Base;
        }

        return Tiers.TryGetValue(tokens, out var tier) ? tier : Tiers[tokens] = [];
    }

    /// <summary>
    /// Names in each tier what any of them names. A tier of a price file leaves alone what it does not name, as the tier below it has it; where a feed's
    /// tier does not name a bucket, its base price counts.
    /// </summary>
    public void Complete()
    {
        var named = Tiers.Values.SelectMany(t => t.Keys).Distinct().ToArray();
        foreach (var tier in Tiers.Values)
        {
            foreach (var bucket in named.Where(b => !tier.ContainsKey(b) && Base.ContainsKey(b)))
            {
                tier[bucket] = Base[bucket];
            }
        }
    }

    /// <summary>These rates as those of a service tier: what it does not name is priced as in the standard tier, at each number of input tokens.</summary>
    public FeedRates Over(FeedRates standard)
    {
        var own = new FeedRates { Base = new(Base) };
        if (Tiers.Count == 0)
        {
            return own;
        }

        foreach (var bucket in Tiers.Values.SelectMany(t => t.Keys).Where(b => Base.Count == 0 && standard.Base.ContainsKey(b)))
        {
            own.Base[bucket] = standard.Base[bucket];
        }

        foreach (var tokens in Tiers.Keys.Union(standard.Tiers.Keys))
        {
            var prices = own.Above(tokens);
            foreach (var layer in new[] { standard.Base, Base, standard.Tiers.GetValueOrDefault(tokens), Tiers.GetValueOrDefault(tokens) })
            {
                foreach (var (bucket, usd) in layer ?? [])
                {
                    if (bucket.IsInputTokens() || bucket.IsOutputTokens())
                    {
                        prices[bucket] = usd;
                    }
                }
            }
        }

        return own;
    }

    /// <summary>Adds the prices to an object of a price file.</summary>
    /// <param name="json">The object.</param>
    /// <param name="atLeast">Whether the tiers start at their number rather than above it.</param>
    public void WriteTo(JsonObject json, bool atLeast)
    {
        Write(json, Base);
        if (Tiers.Count == 0)
        {
            return;
        }

        var tiers = new JsonArray();
        foreach (var (tokens, prices) in Tiers)
        {
            var tier = new JsonObject { [atLeast ? "at_least" : "above"] = tokens };
            Write(tier, prices);
            tiers.Add((JsonNode)tier);
        }

        json["tiers"] = tiers;
    }

    private static void Write(JsonObject json, SortedDictionary<UsageBucket, decimal> prices)
    {
        foreach (var (bucket, usd) in prices)
        {
            json[bucket.Name()] = FeedNumber.Normal(usd);
        }
    }
}
