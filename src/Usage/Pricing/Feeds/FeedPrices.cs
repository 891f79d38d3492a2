using System.Text.Json.Nodes;

namespace LlmTelemetry.Usage;

/// <summary>One price set while it is put together from a feed: docs/prices.md, "The file".</summary>
internal sealed class FeedPrices
{
    /// <summary>The first day, or null.</summary>
    public string? From { get; init; }

    /// <summary>The windows of time, or none.</summary>
    public IReadOnlyList<string> At { get; init; } = [];

    /// <summary>The time zone of the windows; null: UTC.</summary>
    public string? Zone { get; init; }

    public FeedRates Rates { get; init; } = new();

    /// <summary>Whether context tiers start at their number of tokens rather than above it.</summary>
    public bool AtLeast { get; set; }

    /// <summary>Prices by kind, for buckets that are counted in pieces.</summary>
    public SortedDictionary<UsageBucket, SortedDictionary<string, decimal>> Kinds { get; init; } = [];

    public SortedDictionary<string, FeedRates> ServiceTiers { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Service tiers that multiply every price of tokens.</summary>
    public SortedDictionary<string, decimal> Multipliers { get; init; } = new(StringComparer.Ordinal);

    public SortedDictionary<string, decimal> Regions { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Whether nothing costs anything.</summary>
    public bool IsFree => Rates.IsFree && Kinds.Values.All(k => k.Values.All(usd => usd == 0)) && ServiceTiers.Values.All(t => t.IsFree);

    public bool IsEmpty => Rates.IsEmpty && Kinds.Count == 0 && ServiceTiers.Count == 0;

    /// <summary>Whether it holds at all times at which the other one does.</summary>
    public bool Covers(FeedPrices other) => At.Count == 0 && string.CompareOrdinal(From ?? "", other.From ?? "") <= 0;

    public JsonObject ToJson()
    {
        var json = new JsonObject();
        if (From is not null)
        {
            json["from"] = From;
        }

        if (At.Count != 0)
        {
            json["at"] = new JsonArray([.. At.Select(window => JsonValue.Create(window))]);
            if (Zone is not null)
            {
                json["zone"] = Zone;
            }
        }

        Rates.WriteTo(json, AtLeast);
        foreach (var (bucket, kinds) in Kinds)
        {
            json[bucket.Name()] = Numbers(kinds);
        }

        WriteServiceTiers(json);
        if (Regions.Count != 0)
        {
            json["regions"] = Numbers(Regions);
        }

        return json;
    }

    private void WriteServiceTiers(JsonObject json)
    {
        if (ServiceTiers.Count == 0 && Multipliers.Count == 0)
        {
            return;
        }

        var tiers = Numbers(Multipliers);
        foreach (var (name, rates) in ServiceTiers)
        {
            var tier = new JsonObject();
            rates.WriteTo(tier, AtLeast);
            tiers[name] = tier;
        }

        json["service_tiers"] = tiers;
    }

    private static JsonObject Numbers(SortedDictionary<string, decimal> values)
    {
        var json = new JsonObject();
        foreach (var (name, value) in values)
        {
            json[name] = FeedNumber.Normal(value);
        }

        return json;
    }
}
