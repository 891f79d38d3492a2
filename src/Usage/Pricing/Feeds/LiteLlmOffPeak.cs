using System.Globalization;
using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>
/// LiteLLM's <c>off_peak_pricing</c> as a price set with windows. Its hours are UTC and its weekdays those of the moment in a zone of their own, while
/// a price file has both in one zone and means the weekday on which a window starts: windows are cut at midnight.
/// </summary>
internal static class LiteLlmOffPeak
{
    private const int Day = 24 * 60;

    private static readonly string[] DayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    /// <summary>The set that holds in the windows, or null where they cannot be said in a price file: then the standard prices are all there is.</summary>
    public static FeedPrices? Read(string name, JsonElement block, FeedPrices standard, FeedBook book)
    {
        var own = new SortedDictionary<UsageBucket, decimal>();
        List<string> windows = [];
        if (block.ValueKind != JsonValueKind.Object || !TryReadWindows(block, out var zone, windows) || !TryReadPrices(block, own) || own.Count == 0)
        {
            book.Note(name, $"off_peak_pricing is not understood, the standard prices hold all day: {block.GetRawText()}");
            return null;
        }

        return new FeedPrices
        {
            At = windows,
            Zone = zone,
            AtLeast = standard.AtLeast,
            Kinds = standard.Kinds,
            Regions = standard.Regions,
            ServiceTiers = standard.ServiceTiers,
            Multipliers = standard.Multipliers,
            Rates = Replace(standard.Rates, own),
        };
    }

    // The prices off peak replace those of every context tier, too.
    private static FeedRates Replace(FeedRates standard, SortedDictionary<UsageBucket, decimal> own)
    {
        var rates = new FeedRates { Base = new(standard.Base) };
        foreach (var (bucket, usd) in own)
        {
            rates.Base[bucket] = usd;
        }

        foreach (var (tokens, prices) in standard.Tiers)
        {
            foreach (var (bucket, usd) in prices.Where(p => !own.ContainsKey(p.Key)))
            {
                rates.Above(tokens)[bucket] = usd;
            }
        }

        return rates;
    }

    private static bool TryReadPrices(JsonElement block, SortedDictionary<UsageBucket, decimal> prices)
    {
        foreach (var field in block.EnumerateObject().Where(f => f.Name is not ("hours_utc" or "windows" or "weekday_timezone")))
        {
            if (LiteLlmKey.Parse(field.Name) is not { Above: 0, ServiceTier: null } key || key.Price("chat") is not { } price
                || !FeedNumber.TryRead(field.Value, price.Factor, out var usd) || usd < 0 || usd > PriceUnits.Of(price.Bucket).Highest)
            {
                return false;
            }

            prices[price.Bucket] = usd;
        }

        return true;
    }

    private static bool TryReadWindows(JsonElement block, out string? zone, List<string> windows)
    {
        zone = null;
        var offset = 0;
        if (block.TryGetProperty("weekday_timezone", out var named) && (named.ValueKind != JsonValueKind.String || !TryFixedOffset(named.GetString()!, out zone, out offset)))
        {
            return false;
        }

        var hours = block.TryGetProperty("hours_utc", out var flat) && !TryAddWindows(flat, null, offset, windows);
        if (hours || (block.TryGetProperty("windows", out var list) && list.ValueKind != JsonValueKind.Array))
        {
            return false;
        }

        foreach (var window in list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default)
        {
            if (window.ValueKind != JsonValueKind.Object || !window.TryGetProperty("hours_utc", out var times) || !TryReadDays(window, out var days)
                || !TryAddWindows(times, days, offset, windows))
            {
                return false;
            }
        }

        return windows.Count != 0;
    }

    private static bool TryAddWindows(JsonElement hours, string? days, int offset, List<string> windows)
    {
        foreach (var text in hours.ValueKind == JsonValueKind.Array ? hours.EnumerateArray().ToArray() : [hours])
        {
            if (text.ValueKind != JsonValueKind.String || text.GetString()!.Split('-') is not [var first, var last]
                || !TryReadTime(first, out var start) || !TryReadTime(last, out var end))
            {
                return false;
            }

            // Equal times are the whole day.
            var length = start == end ? Day : (end - start + Day) % Day;
            start = (start + offset + Day) % Day;
            var untilMidnight = Math.Min(length, Day - start);
            windows.Add(Window(days, start, start + untilMidnight));
            if (length > untilMidnight)
            {
                windows.Add(Window(days, 0, length - untilMidnight));
            }
        }

        return true;
    }

    private static string Window(string? days, int start, int end) =>
        string.Create(CultureInfo.InvariantCulture, $"{(days is null ? "" : days + " ")}{Time(start)}-{Time(end)}");

    private static string Time(int minutes) => string.Create(CultureInfo.InvariantCulture, $"{minutes / 60:00}:{minutes % 60:00}");

    private static bool TryReadTime(string text, out int minutes)
    {
        var isTime = TimeOnly.TryParseExact(text.Trim(), ["HH:mm", "H:mm"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time);
        minutes = (int)time.ToTimeSpan().TotalMinutes;
        return isTime;
    }

    // Numbers are ISO's: 1 is Monday. Names count by their first three letters.
    private static bool TryReadDays(JsonElement window, out string? days)
    {
        days = null;
        if (!window.TryGetProperty("weekdays", out var list))
        {
            return true;
        }

        var numbers = new SortedSet<int>();
        foreach (var day in list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : default)
        {
            var text = day.ValueKind == JsonValueKind.String ? day.GetString()!.Trim().ToLowerInvariant() : "";
            var number = day.ValueKind == JsonValueKind.Number && day.TryGetInt32(out var iso) ? iso - 1 : text.Length < 3 ? -1 : Array.IndexOf(DayNames, text[..3]);
            if (number is < 0 or > 6)
            {
                return false;
            }

            numbers.Add(number);
        }

        days = string.Join(',', numbers.Select(n => DayNames[n]));
        return numbers.Count != 0;
    }

    // Hours in UTC and weekdays elsewhere go together only where the clocks never change.
    private static bool TryFixedOffset(string name, out string? zone, out int offset)
    {
        offset = 0;
        zone = name;
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(name, out var found))
        {
            return false;
        }

        var offsets = Enumerable.Range(0, 48).Select(month => found.GetUtcOffset(new DateTimeOffset(2025, 1, 15, 0, 0, 0, TimeSpan.Zero).AddMonths(month))).Distinct().ToArray();
        offset = (int)offsets[0].TotalMinutes;
        return offsets.Length == 1;
    }
}
