using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>Reads models.dev's <c>api.json</c>: providers, their models, and a <c>cost</c> in USD for a million tokens.</summary>
internal static class ModelsDevFeed
{
    private static readonly Dictionary<string, UsageBucket> Prices = new(StringComparer.Ordinal)
    {
        ["input"] = UsageBucket.Input,
        ["output"] = UsageBucket.Output,
        ["reasoning"] = UsageBucket.Reasoning,
        ["cache_read"] = UsageBucket.CacheRead,
        ["cache_write"] = UsageBucket.CacheWrite5m,
        ["input_audio"] = UsageBucket.InputAudio,
        ["output_audio"] = UsageBucket.OutputAudio,
    };

    public static void Read(JsonElement root, FeedBook book)
    {
        foreach (var provider in root.EnumerateObject())
        {
            if (provider.Value.ValueKind != JsonValueKind.Object || !provider.Value.TryGetProperty("models", out var models) || models.ValueKind != JsonValueKind.Object)
            {
                book.Note(provider.Name, "is left out: it has no models");
                continue;
            }

            foreach (var model in models.EnumerateObject())
            {
                ReadModel(provider.Name, model, book);
            }
        }
    }

    private static void ReadModel(string provider, JsonProperty model, FeedBook book)
    {
        var entry = $"{provider}/{model.Name}";
        if (model.Value.ValueKind != JsonValueKind.Object || !model.Value.TryGetProperty("cost", out var cost) || cost.ValueKind != JsonValueKind.Object)
        {
            book.WithoutPrices++;
            return;
        }

        var id = FeedProviders.IdOf(provider);
        var prices = new FeedPrices { AtLeast = FeedProviders.StartsTiersAtTheirNumber(id) };
        ReadCost(entry, cost, prices.Rates, book);
        ReadModes(entry, model.Value, prices, book);
        if (prices.Rates.IsBroken || prices.IsEmpty)
        {
            book.WithoutPrices += prices.Rates.IsBroken ? 0 : 1;
            return;
        }

        var name = model.Name.Trim().ToLowerInvariant();
        book.Add(id, entry, name, FeedNames.Exactly(name), prices);
    }

    private static void ReadCost(string entry, JsonElement cost, FeedRates rates, FeedBook book)
    {
        ReadPrices(entry, cost, rates, 0, book, "tiers", "context_over_200k");
        var hasTiers = cost.TryGetProperty("tiers", out var tiers) && tiers.ValueKind == JsonValueKind.Array && tiers.GetArrayLength() > 0;
        foreach (var tier in hasTiers ? tiers.EnumerateArray() : default)
        {
            if (SizeOf(tier) is { } size)
            {
                ReadPrices(entry, tier, rates, size, book, "tier");
            }
            else
            {
                book.Note(entry, $"a tier is not understood: {tier.GetRawText()}");
            }
        }

        // A copy of a single tier for older readers, whatever that tier's size; the only word on it in older files.
        if (!hasTiers && cost.TryGetProperty("context_over_200k", out var above) && above.ValueKind == JsonValueKind.Object)
        {
            ReadPrices(entry, above, rates, 200_000, book);
        }

        rates.Complete();
    }

    private static long? SizeOf(JsonElement tier) =>
        tier.ValueKind == JsonValueKind.Object && tier.TryGetProperty("tier", out var context) && context.ValueKind == JsonValueKind.Object
            && (!context.TryGetProperty("type", out var type) || IsText(type, "context"))
            && context.TryGetProperty("size", out var size) && size.ValueKind == JsonValueKind.Number && size.TryGetInt64(out var tokens) && tokens is > 0 and < FeedRates.MostTokens ? tokens : null;

    private static void ReadPrices(string entry, JsonElement cost, FeedRates rates, long above, FeedBook book, params string[] others)
    {
        foreach (var field in cost.EnumerateObject().Where(f => !others.Contains(f.Name) && f.Value.ValueKind != JsonValueKind.Null))
        {
            if (!Prices.TryGetValue(field.Name, out var bucket))
            {
                book.Note(entry, $"cost.{field.Name} is no price that models.dev defines");
            }
            else if (FeedNumber.TryRead(field.Value, 1, out var usd) && usd >= 0 && usd <= PriceUnits.Of(bucket).Highest)
            {
                rates.Above(above)[bucket] = usd;
            }
            else
            {
                book.Note(entry, $"is left out: cost.{field.Name} is {field.Value.GetRawText()}, which is no price");
                rates.IsBroken = true;
            }
        }
    }

    // A mode is a way to ask: its request says which service tier that is.
    private static void ReadModes(string entry, JsonElement model, FeedPrices prices, FeedBook book)
    {
        if (!model.TryGetProperty("experimental", out var experimental) || experimental.ValueKind != JsonValueKind.Object
            || !experimental.TryGetProperty("modes", out var modes) || modes.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var mode in modes.EnumerateObject())
        {
            if (mode.Value.ValueKind != JsonValueKind.Object || !mode.Value.TryGetProperty("cost", out var cost) || cost.ValueKind != JsonValueKind.Object)
            {
                continue;
            }

            if (ServiceTierOf(mode.Value) is not { } tier || !prices.ServiceTiers.TryAdd(tier, new FeedRates()))
            {
                book.Note(entry, $"the prices of mode {mode.Name} are left out: its request names no service tier of its own");
                continue;
            }

            var rates = new FeedRates();
            ReadCost(entry, cost, rates, book);
            prices.Rates.IsBroken |= rates.IsBroken;
            prices.ServiceTiers[tier] = rates.Over(prices.Rates);
        }
    }

    private static string? ServiceTierOf(JsonElement mode)
    {
        if (!mode.TryGetProperty("provider", out var provider) || provider.ValueKind != JsonValueKind.Object
            || !provider.TryGetProperty("body", out var body) || body.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        return body.TryGetProperty("speed", out var speed) && IsText(speed, "fast") ? "fast"
            : body.TryGetProperty("service_tier", out var tier) && tier.ValueKind == JsonValueKind.String && tier.GetString() is "priority" or "flex" or "batch" or "fast" ? tier.GetString()
            : null;
    }

    private static bool IsText(JsonElement value, string text) => value.ValueKind == JsonValueKind.String && value.ValueEquals(text);
}
