using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>The prices of LiteLLM's map that are more than a number for a bucket: searches by context size, images by size, multipliers.</summary>
internal static class LiteLlmExtras
{
    private const string ImagePrefix = "output_cost_per_image_";

    /// <summary>Whether it was such a key.</summary>
    public static bool TryRead(string name, string key, JsonElement value, FeedPrices prices, FeedBook book)
    {
        switch (key)
        {
            case "search_context_cost_per_query":
                ReadSearches(name, value, prices, book);
                return true;
            case "google_maps_grounding_cost_per_query":
                AddKind(name, key, value, UsageBucket.ToolCall, "google_maps", prices, book);
                return true;
            case "regional_endpoint_uplift_multiplier":
                // Every place but the global endpoint costs more.
                AddMultiplier(name, key, value, "*", prices.Regions, book);
                if (prices.Regions.ContainsKey("*"))
                {
                    prices.Regions["global"] = 1;
                }

                return true;
            case "regional_processing_uplift_multiplier_eu" or "regional_processing_uplift_multiplier_us":
                AddMultiplier(name, key, value, key[^2..], prices.Regions, book);
                return true;
            case not null when key.StartsWith(ImagePrefix, StringComparison.Ordinal) && key[ImagePrefix.Length..] is var size && size[0] is >= '0' and <= '9':
                AddKind(name, key, value, UsageBucket.Image, size.ToLowerInvariant(), prices, book);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Reads what is about money without saying so in its name: the factors of fast mode and of places.</summary>
    public static void ReadEntry(string name, JsonElement entry, FeedPrices prices, FeedBook book)
    {
        if (entry.TryGetProperty("web_search_billing_unit", out var unit) && unit.ValueKind == JsonValueKind.String && unit.GetString() == "per_prompt")
        {
            book.Note(name, "web_search_billing_unit is per_prompt: a price file charges each search");
        }

        if (!entry.TryGetProperty("provider_specific_entry", out var factors) || factors.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var factor in factors.EnumerateObject())
        {
            var key = factor.Name.ToLowerInvariant();
            AddMultiplier(name, $"provider_specific_entry.{key}", factor.Value, key, key == "fast" ? prices.Multipliers : prices.Regions, book);
        }
    }

    // USD for a query. Where the sizes of the context differ in price, medium is what providers take unless they are told.
    private static void ReadSearches(string name, JsonElement value, FeedPrices prices, FeedBook book)
    {
        const string Prefix = "search_context_size_";
        var kinds = new SortedDictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var size in value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : default)
        {
            if (size.Name.StartsWith(Prefix, StringComparison.Ordinal) && PriceEntry.IsWord(size.Name[Prefix.Length..]) && FeedNumber.TryRead(size.Value, 1_000, out var usd) && IsPrice(UsageBucket.WebSearch, usd))
            {
                kinds[size.Name[Prefix.Length..]] = usd;
            }
            else
            {
                book.Note(name, $"search_context_cost_per_query.{size.Name} is {size.Value.GetRawText()}, which is no price");
            }
        }

        if (value.ValueKind != JsonValueKind.Object && FeedNumber.TryRead(value, 1_000, out var one) && IsPrice(UsageBucket.WebSearch, one))
        {
            kinds["*"] = one;
        }

        if (kinds.Values.Distinct().Count() == 1)
        {
            prices.Rates.Base[UsageBucket.WebSearch] = kinds.Values.First();
        }
        else if (kinds.Count != 0)
        {
            kinds["*"] = kinds.TryGetValue("medium", out var medium) ? medium : kinds.Values.Max();
            prices.Kinds[UsageBucket.WebSearch] = kinds;
        }
    }

    private static void AddKind(string name, string key, JsonElement value, UsageBucket bucket, string kind, FeedPrices prices, FeedBook book)
    {
        if (!FeedNumber.TryRead(value, 1_000, out var usd) || !IsPrice(bucket, usd) || !PriceEntry.IsWord(kind))
        {
            book.Note(name, $"{key} is {value.GetRawText()}, which is no price");
            return;
        }

        var kinds = prices.Kinds.TryGetValue(bucket, out var known) ? known : prices.Kinds[bucket] = new(StringComparer.Ordinal);
        kinds[kind] = usd;
    }

    private static void AddMultiplier(string name, string key, JsonElement value, string to, SortedDictionary<string, decimal> factors, FeedBook book)
    {
        if (FeedNumber.TryRead(value, 1, out var factor) && factor > 0 && factor <= PriceUnits.MostTimes && PriceEntry.IsWord(to))
        {
            factors[to] = factor;
        }
        else
        {
            book.Note(name, $"{key} is {value.GetRawText()}, which is no factor");
        }
    }

    private static bool IsPrice(UsageBucket bucket, decimal usd) => usd >= 0 && usd <= PriceUnits.Of(bucket).Highest;
}
