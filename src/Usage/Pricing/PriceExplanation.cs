namespace LlmTelemetry.Usage;

/// <summary>Why a call costs what it costs: which names, rules and prices were used, and the arithmetic by bucket. Immutable.</summary>
public sealed record PriceExplanation
{
    /// <summary>Why there is no price, in one sentence; null where there is one.</summary>
    public string? Problem { get; init; }

    /// <summary>The cost, equal to what <see cref="PriceBook.Quote"/> gives; null where there is no price.</summary>
    public Cost? Cost { get; init; }

    /// <summary>Version of the price book.</summary>
    public required string PriceVersion { get; init; }

    /// <summary>Id of the provider's entry; null when no provider was found.</summary>
    public string? Provider { get; init; }

    /// <summary>How the provider was found: <c>id</c>, <c>alias *bedrock*</c>, <c>implied by the model: gpt-*</c>.</summary>
    public string? ProviderRule { get; init; }

    /// <summary>Id of the model's entry; null when no model was found.</summary>
    public string? Model { get; init; }

    /// <summary>How the model was found: the pattern that matched and what was done to the name before.</summary>
    public string? ModelRule { get; init; }

    /// <summary>When the price set holds that was used: <c>from 2026-08-17, mon-fri 01:00-04:00 UTC</c>; <c>always</c>.</summary>
    public string? PriceSet { get; init; }

    /// <summary>The context tier that was used: <c>above 200000 input tokens</c>; null: the base prices.</summary>
    public string? ContextTier { get; init; }

    /// <summary>The service tier as it was priced: <c>batch</c>; null: the standard one.</summary>
    public string? ServiceTier { get; init; }

    /// <summary>What token prices were multiplied by for the region; null: nothing.</summary>
    public decimal? RegionMultiplier { get; init; }

    /// <summary>Where the prices come from: the page of the entry, else the file's source.</summary>
    public string? Source { get; init; }

    /// <summary>The day at which the price was last compared with its source: the entry's, else the file's, else the file's date.</summary>
    public DateOnly? Checked { get; init; }

    /// <summary>Buckets times rates. Their costs add up to the cost.</summary>
    public IReadOnlyList<PriceLine> Lines { get; init; } = [];
}

/// <summary>One bucket of a <see cref="PriceExplanation"/>: so many, at this rate, cost this.</summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="Kind">The kind that the price is for; null: the bucket has one price.</param>
/// <param name="Count">How many tokens, seconds, searches ...</param>
/// <param name="Rate">USD for <paramref name="Per"/> units, multipliers included. Exact where decimal can hold it. Null: the model has no price for it.</param>
/// <param name="Per">Units that the rate is for: 1,000,000 tokens, 3,600 seconds, 1,000 of anything else.</param>
/// <param name="PricedAs">Whose price it is: the bucket itself, or the one that contains it and has a price.</param>
/// <param name="CostPico">What it costs, in pico-USD.</param>
public readonly record struct PriceLine(UsageBucket Bucket, string? Kind, long Count, decimal? Rate, long Per, UsageBucket PricedAs, Int128 CostPico);
