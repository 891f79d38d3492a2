using System.Globalization;
using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>Reads one price set of a price file.</summary>
internal static class PriceSetReader
{
    public static PriceSet Read(string name, JsonElement json, TermsDefaults defaults)
    {
        var entry = new PriceEntry(name, json, null);
        DateTimeOffset from = default;
        PriceWindow[] at = [];
        TimeZoneInfo? zone = null;
        var terms = defaults;
        foreach (var field in entry.Fields)
        {
            switch (field.Name)
            {
                case "from":
                    from = new DateTimeOffset(entry.Day("from"), TimeOnly.MinValue, TimeSpan.Zero);
                    break;
                case "at":
                    at = Array.ConvertAll(entry.Texts("at"), text => Window(entry, text));
                    entry.Require(at.Length > 0, "at must have a time");
                    break;
                case "zone":
                    zone = Zone(entry);
                    break;
                case "service_tiers" or "regions":
                    terms = terms.With(entry, field);
                    break;
            }
        }

        entry.Require(zone is null || at.Length > 0, "zone is of no use without at");
        return new PriceSet(new PricePeriod(from, at, zone), ReadContexts(entry, "from", "at", "zone", "service_tiers", "regions"), terms.ServiceTiers, terms.Regions);
    }

    /// <summary>Reads the prices of an object, and those of its context tiers. Each tier replaces the prices that it names and leaves the others as they were below it.</summary>
    /// <param name="entry">The object.</param>
    /// <param name="others">Fields that are no prices.</param>
    public static ContextPrices ReadContexts(PriceEntry entry, params string[] others)
    {
        List<long> starts = [0];
        List<PriceSheet> sheets = [ReadSheet(entry, [.. others, "tiers"])];
        foreach (var json in entry.OptionalItems("tiers"))
        {
            var tier = new PriceEntry(entry.Name, json, null);
            var start = Start(tier);
            tier.Require(start > starts[^1], "tiers must start at rising numbers of tokens");
            var sheet = ReadSheet(tier, ["above", "at_least"]);
            foreach (var bucket in sheet.Buckets)
            {
                tier.Require(PriceUnits.IsTokens(bucket), $"{bucket.Name()} has no context tier");
            }

            starts.Add(start);
            sheets.Add(sheets[^1].With(sheet));
        }

        return new ContextPrices([.. starts], [.. sheets]);
    }

    // The fewest tokens that the tier holds for.
    private static long Start(PriceEntry tier)
    {
        tier.Require(tier.Has("above") != tier.Has("at_least"), "a tier starts above a number of tokens, or has at_least so many");
        var name = tier.Has("above") ? "above" : "at_least";
        var field = tier.Field(name);
        tier.Require(field.ValueKind == JsonValueKind.Number && field.TryGetInt64(out var tokens) && tokens is > 0 and < long.MaxValue, $"{name} must be a number of tokens");
        return field.GetInt64() + (name == "above" ? 1 : 0);
    }

    private static PriceSheet ReadSheet(PriceEntry entry, string[] others)
    {
        var prices = new Dictionary<UsageBucket, BucketPrice>();
        foreach (var field in entry.Fields.Where(f => !others.Contains(f.Name)))
        {
            entry.Require(UsageBucketExtensions.TryParse(field.Name, out var bucket), $"unknown field {field.Name}");
            prices.Add(bucket, ReadPrice(entry, field, bucket));
        }

        return new PriceSheet(prices);
    }

    private static BucketPrice ReadPrice(PriceEntry entry, JsonProperty field, UsageBucket bucket)
    {
        if (field.Value.ValueKind != JsonValueKind.Object)
        {
            return new BucketPrice(Usd(entry, field.Name, field.Value, bucket));
        }

        entry.Require(!PriceUnits.IsTokens(bucket) && bucket != UsageBucket.Request, $"{field.Name} is not priced by kind");
        var kinds = field.Value.EnumerateObject().ToDictionary(k => k.Name, k => Usd(entry, $"{field.Name} {k.Name}", k.Value, bucket));
        entry.Require(kinds.Count > 0 && kinds.Keys.All(PriceEntry.IsWord), $"{field.Name} must name kinds, in lower case");
        return kinds.Remove(RegionTerms.Any, out var rest) ? new BucketPrice(rest, kinds) : new BucketPrice(null, kinds);
    }

    private static decimal Usd(PriceEntry entry, string name, JsonElement value, UsageBucket bucket)
    {
        var usd = 0m;
        var highest = PriceUnits.Of(bucket).Highest;
        entry.Require(value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out usd), $"{name} must be a number");
        entry.Require(usd >= 0 && usd <= highest, $"{name} costs {usd.ToString(CultureInfo.InvariantCulture)} USD, which is not between 0 and {highest}");
        entry.Require(!PriceUnits.IsLost(value.GetRawText(), usd), $"{name} has too many digits");
        try
        {
            _ = Rate.Of(usd, PriceUnits.Of(bucket).Units);
        }
        catch (OverflowException)
        {
            entry.Require(false, $"{name} has too many digits");
        }

        return usd;
    }

    private static PriceWindow Window(PriceEntry entry, string text)
    {
        entry.Require(PriceWindow.TryParse(text, out var window), $"at: \"{text}\" is no time: HH:mm-HH:mm, mon-fri, or mon-fri HH:mm-HH:mm");
        return window!;
    }

    private static TimeZoneInfo? Zone(PriceEntry entry)
    {
        var id = entry.Text("zone");
        TimeZoneInfo? zone = null;
        entry.Require(id == "UTC" || TimeZoneInfo.TryFindSystemTimeZoneById(id, out zone), $"zone: {id} is no time zone that this machine knows");
        return zone;
    }
}
