namespace LlmTelemetry.Usage;

/// <summary>What one bucket costs, as a price file says it: USD for <see cref="PriceUnits"/> units, or so much for each kind.</summary>
/// <param name="Usd">The price of what is of no kind that is named; null: there is none.</param>
/// <param name="Kinds">The prices by kind, in lower case; null: there is one price.</param>
internal sealed record BucketPrice(decimal? Usd, IReadOnlyDictionary<string, decimal>? Kinds = null);

/// <summary>The prices that a set, a context tier or a service tier names, by bucket. Immutable.</summary>
internal sealed class PriceSheet(IReadOnlyDictionary<UsageBucket, BucketPrice> prices)
{
    public static PriceSheet Empty { get; } = new(new Dictionary<UsageBucket, BucketPrice>());

    public bool IsEmpty => prices.Count == 0;

    public IEnumerable<UsageBucket> Buckets => prices.Keys;

    /// <summary>The bucket's own price, else that of the nearest class that contains it and has one; null: nothing is charged for it.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="pricedAs">Whose price it is.</param>
    public BucketPrice? Find(UsageBucket bucket, out UsageBucket pricedAs)
    {
        pricedAs = bucket;
        if (prices.TryGetValue(bucket, out var price))
        {
            return price;
        }

        foreach (var container in Containment.Of(bucket))
        {
            if (prices.TryGetValue(container, out price))
            {
                pricedAs = container;
                return price;
            }
        }

        return null;
    }

    /// <summary>These prices with those of the other sheet in the place of the same buckets'.</summary>
    public PriceSheet With(PriceSheet other)
    {
        if (other.IsEmpty)
        {
            return this;
        }

        var both = new Dictionary<UsageBucket, BucketPrice>(prices);
        foreach (var bucket in other.Buckets)
        {
            both[bucket] = other.Find(bucket, out _)!;
        }

        return new PriceSheet(both);
    }
}
