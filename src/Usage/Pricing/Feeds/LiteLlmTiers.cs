using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>Dashscope's <c>tiered_pricing</c>: a list of ranges of input tokens, above the first number up to the second, each with prices of its own.</summary>
internal static class LiteLlmTiers
{
    public static void Read(string name, JsonElement value, FeedRates rates, FeedBook book)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            book.Note(name, "tiered_pricing is no list");
            return;
        }

        foreach (var tier in value.EnumerateArray())
        {
            if (Start(tier) is not { } start)
            {
                book.Note(name, $"tiered_pricing has an entry without a range of tokens: {tier.GetRawText()}");
                continue;
            }

            ReadTier(name, tier, rates.Above(start), book);
        }
    }

    private static long? Start(JsonElement tier) =>
        tier.ValueKind == JsonValueKind.Object && tier.TryGetProperty("range", out var range) && range.ValueKind == JsonValueKind.Array && range.GetArrayLength() > 0
            && FeedNumber.TryRead(range[0], 1, out var start) && start is >= 0 and < FeedRates.MostTokens && start == decimal.Truncate(start) ? (long)start : null;

    private static void ReadTier(string name, JsonElement tier, SortedDictionary<UsageBucket, decimal> prices, FeedBook book)
    {
        foreach (var field in tier.EnumerateObject().Where(f => f.Name != "range"))
        {
            var price = LiteLlmKey.Parse(field.Name) is { Above: 0, ServiceTier: null } key ? key.Price("chat") : null;
            if (price is { } known && (known.Bucket.IsInputTokens() || known.Bucket.IsOutputTokens())
                && FeedNumber.TryRead(field.Value, known.Factor, out var usd) && usd >= 0 && usd <= PriceUnits.Of(known.Bucket).Highest)
            {
                prices[known.Bucket] = usd;
            }
            else
            {
                book.Note(name, $"tiered_pricing: {field.Name} has no place in a price file");
            }
        }
    }
}
