using System.Globalization;
using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>Reads one price set of a price file and resolves it into flat tables of rates.</summary>
internal static class PriceSetReader
{
    public static PriceSet Read(string name, JsonElement json)
    {
        var entry = new PriceEntry(name, json, null);
        var rates = new Dictionary<UsageBucket, Rate>();
        DateTimeOffset from = default;
        (TimeSpan, TimeSpan)? daily = null;
        JsonElement[] tiers = [];
        foreach (var field in entry.Fields)
        {
            switch (field.Name)
            {
                case "from":
                    from = new DateTimeOffset(entry.Day("from"), TimeOnly.MinValue, TimeSpan.Zero);
                    break;
                case "daily_utc":
                    daily = Window(entry);
                    break;
                case "tiers":
                    tiers = entry.Items("tiers");
                    break;
                default:
                    ReadPrice(entry, field, rates);
                    break;
            }
        }

        var own = rates.Keys.Aggregate(0u, (mask, bucket) => mask | 1u << (int)bucket);
        var (tables, starts) = ReadTiers(entry, rates, tiers);
        return new PriceSet(new PricePeriod(from, daily), tables, starts, own);
    }

    // Each tier replaces the prices that it names and leaves the others as they were below it.
    private static (RateTable[] Tables, long[] Starts) ReadTiers(PriceEntry entry, Dictionary<UsageBucket, Rate> rates, JsonElement[] tiers)
    {
        var tables = new RateTable[tiers.Length + 1];
        var starts = new long[tiers.Length + 1];
        tables[0] = new RateTable(rates);
        starts[0] = -1;
        for (var i = 1; i < tables.Length; i++)
        {
            var tier = new PriceEntry(entry.Name, tiers[i - 1], null);
            var above = tier.Field("above");
            tier.Require(above.ValueKind == JsonValueKind.Number && above.TryGetInt64(out starts[i]), "above must be a number of tokens");
            tier.Require(starts[i] > Math.Max(0, starts[i - 1]), "tiers must start above rising numbers of tokens");
            foreach (var field in tier.Fields.Where(f => f.Name != "above"))
            {
                var bucket = ReadPrice(tier, field, rates);
                tier.Require(bucket.IsInputTokens() || bucket.IsOutputTokens(), $"{field.Name} has no context tier");
            }

            tables[i] = new RateTable(rates);
        }

        return (tables, starts);
    }

    private static UsageBucket ReadPrice(PriceEntry entry, JsonProperty field, Dictionary<UsageBucket, Rate> rates)
    {
        entry.Require(UsageBucketExtensions.TryParse(field.Name, out var bucket), $"unknown field {field.Name}");
        var (units, highest) = PriceUnits.Of(bucket);
        var usd = 0m;
        entry.Require(field.Value.ValueKind == JsonValueKind.Number && field.Value.TryGetDecimal(out usd), $"{field.Name} must be a number");
        entry.Require(usd >= 0 && usd <= highest, $"{field.Name} costs {usd.ToString(CultureInfo.InvariantCulture)} USD, which is not between 0 and {highest}");
        try
        {
            rates[bucket] = Rate.Of(usd, units);
        }
        catch (OverflowException)
        {
            entry.Require(false, $"{field.Name} has too many digits");
        }

        return bucket;
    }

    private static (TimeSpan Start, TimeSpan End) Window(PriceEntry entry)
    {
        var times = entry.Text("daily_utc").Split('-');
        TimeOnly start = default, end = default;
        var areTimes = times.Length == 2 && TryParse(times[0], out start) && TryParse(times[1], out end) && start != end;
        entry.Require(areTimes, "daily_utc must be two times of day, HH:mm-HH:mm");
        return (start.ToTimeSpan(), end.ToTimeSpan());
    }

    private static bool TryParse(string text, out TimeOnly time) =>
        TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
}
