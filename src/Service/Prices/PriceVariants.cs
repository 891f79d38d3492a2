using System.Text.Json;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>Spreads a price set into the prices under each condition: context tiers, service tiers and both.</summary>
internal static class PriceVariants
{
    public static IEnumerable<PriceVariant> Of(JsonElement set, JsonElement[] serviceTiers, JsonElement[] regions)
    {
        var condition = Period(set);
        var standard = Contexts(set, condition, null, new Dictionary<string, decimal>()).ToArray();
        var written = new Dictionary<string, decimal>(standard[0].Written);
        foreach (var (region, times) in Merged(regions, set, "regions"))
        {
            written[$"region {region}"] = times.GetDecimal();
        }

        if (written.Count == 0)
        {
            written["free"] = 0;
        }

        yield return standard[0] with { Written = written };
        foreach (var variant in standard.Skip(1).Concat(Merged(serviceTiers, set, "service_tiers").SelectMany(t => ServiceTier(t.Key, t.Value, condition, standard))))
        {
            yield return variant;
        }
    }

    private static IEnumerable<PriceVariant> ServiceTier(string name, JsonElement tier, string condition, PriceVariant[] standard)
    {
        var hasTimes = tier.ValueKind == JsonValueKind.Number || tier.TryGetProperty("times", out _);
        var times = !hasTimes ? 1 : tier.ValueKind == JsonValueKind.Number ? tier.GetDecimal() : tier.GetProperty("times").GetDecimal();
        string[] except = tier.ValueKind == JsonValueKind.Object && tier.TryGetProperty("except", out var list) ? [.. list.EnumerateArray().Select(e => e.GetString()!)] : [];
        var rates = standard[0].Rates.ToDictionary(r => r.Key, r => IsTokens(r.Key) && !except.Contains(r.Key) ? r.Value * times : r.Value);
        PriceVariant[] own = tier.ValueKind == JsonValueKind.Object
            ? [.. Contexts(tier, Join(condition, name), name, rates)]
            : [new PriceVariant(Join(condition, name), name, new Dictionary<string, decimal>(), rates, null)];
        foreach (var variant in own)
        {
            var written = new Dictionary<string, decimal>(variant.Written);
            if (hasTimes && variant == own[0])
            {
                written["times"] = times;
            }

            var same = standard.FirstOrDefault(s => Join(Join(condition, name), s.Condition[condition.Length..].TrimStart(',', ' ')) == variant.Condition);
            yield return variant with { Written = written, Standard = (same ?? standard[0]).Rates };
        }
    }

    // The prices of an object, and those of its context tiers: each leaves alone what it does not name.
    private static IEnumerable<PriceVariant> Contexts(JsonElement json, string condition, string? serviceTier, IReadOnlyDictionary<string, decimal> below)
    {
        var rates = With(below, Prices(json));
        yield return new PriceVariant(condition, serviceTier, Prices(json), rates, null);
        foreach (var tier in json.TryGetProperty("tiers", out var tiers) ? tiers.EnumerateArray() : default)
        {
            var start = tier.TryGetProperty("above", out var above) ? $"above {above}" : $"at least {tier.GetProperty("at_least")}";
            rates = With(rates, Prices(tier));
            yield return new PriceVariant(Join(condition, start), serviceTier, Prices(tier), rates, null);
        }
    }

    private static Dictionary<string, decimal> Prices(JsonElement json)
    {
        var prices = new Dictionary<string, decimal>();
        foreach (var field in json.EnumerateObject().Where(f => UsageBucketExtensions.TryParse(f.Name, out _)))
        {
            if (field.Value.ValueKind == JsonValueKind.Number)
            {
                prices[field.Name] = field.Value.GetDecimal();
                continue;
            }

            foreach (var kind in field.Value.EnumerateObject())
            {
                prices[$"{field.Name} {kind.Name}"] = kind.Value.GetDecimal();
            }
        }

        return prices;
    }

    private static Dictionary<string, decimal> With(IReadOnlyDictionary<string, decimal> below, IReadOnlyDictionary<string, decimal> above)
    {
        var all = new Dictionary<string, decimal>(below);
        foreach (var (name, usd) in above)
        {
            all[name] = usd;
        }

        return all;
    }

    // The set's own term replaces the model's, which replaces the provider's; null takes it away.
    private static IEnumerable<KeyValuePair<string, JsonElement>> Merged(JsonElement[] terms, JsonElement set, string field)
    {
        var merged = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var term in set.TryGetProperty(field, out var own) ? [.. terms, own] : terms)
        {
            foreach (var named in term.EnumerateObject())
            {
                merged[named.Name] = named.Value;
            }
        }

        return merged.Where(t => t.Value.ValueKind != JsonValueKind.Null);
    }

    private static string Period(JsonElement set)
    {
        var from = set.TryGetProperty("from", out var day) ? $"from {day.GetString()}" : "";
        var zone = set.TryGetProperty("zone", out var named) ? named.GetString() : "UTC";
        return set.TryGetProperty("at", out var at) ? Join(from, $"at {string.Join(" and ", at.EnumerateArray().Select(w => w.GetString()))} {zone}") : from;
    }

    private static string Join(string left, string right) => string.Join(", ", new[] { left, right }.Where(part => part.Length != 0));

    private static bool IsTokens(string bucket) => UsageBucketExtensions.TryParse(bucket, out var found) && (found.IsInputTokens() || found.IsOutputTokens());
}
