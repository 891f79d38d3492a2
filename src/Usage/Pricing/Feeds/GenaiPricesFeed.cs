using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmTelemetry.Usage;

/// <summary>Reads genai-prices' <c>data.json</c>, in any of its shapes: providers, their models with trees of names, and sets of prices with conditions.</summary>
internal static class GenaiPricesFeed
{
    private static readonly string[] KnownConditions = ["type", "start_date", "start_time", "end_time"];

    public static void Read(JsonElement providers, FeedBook book)
    {
        foreach (var provider in providers.EnumerateArray())
        {
            if (Text(provider, "id") is not { Length: > 0 } id)
            {
                book.Note("genai-prices", "a provider without an id is left out");
                continue;
            }

            book.Describe(FeedProviders.IdOf(id), Names(id, provider, book));
            foreach (var model in provider.TryGetProperty("models", out var models) && models.ValueKind == JsonValueKind.Array ? models.EnumerateArray() : default)
            {
                ReadModel(FeedProviders.IdOf(id), model, book);
            }
        }
    }

    private static JsonObject Names(string id, JsonElement provider, FeedBook book)
    {
        var names = new JsonObject { ["name"] = Text(provider, "name") ?? id };
        foreach (var (field, to) in new[] { ("provider_match", "alias"), ("model_match", "infer") })
        {
            if (provider.TryGetProperty(field, out var tree) && tree.ValueKind == JsonValueKind.Object)
            {
                if (GenaiMatch.Patterns(tree) is { } patterns)
                {
                    names[to] = patterns;
                }
                else
                {
                    book.Note(id, $"{field} is not understood: {tree.GetRawText()}");
                }
            }
        }

        if (provider.TryGetProperty("fallback_model_providers", out var fallback) && fallback.ValueKind == JsonValueKind.Array)
        {
            names["fallback"] = new JsonArray([.. fallback.EnumerateArray().Where(f => f.ValueKind == JsonValueKind.String).Select(f => JsonValue.Create(FeedProviders.IdOf(f.GetString()!)))]);
        }

        return names;
    }

    private static void ReadModel(string provider, JsonElement model, FeedBook book)
    {
        var id = Text(model, "id") ?? "";
        var entry = $"{provider}/{id}";
        if (id.Length == 0 || !model.TryGetProperty("match", out var tree) || GenaiMatch.Patterns(tree) is not { Count: > 0 } match)
        {
            book.Note(entry, "is left out: its match is not understood");
        }
        else if (!model.TryGetProperty("prices", out var prices) || Sets(entry, prices, book) is not { Count: > 0 } sets)
        {
            book.WithoutPrices++;
        }
        else if (!sets.Exists(s => s.Rates.IsBroken))
        {
            book.Add(provider, entry, id, match, sets);
        }
    }

    private static List<FeedPrices> Sets(string entry, JsonElement prices, FeedBook book)
    {
        List<FeedPrices> sets = [];
        foreach (var set in prices.ValueKind == JsonValueKind.Array ? prices.EnumerateArray().ToArray() : [prices])
        {
            var conditional = prices.ValueKind == JsonValueKind.Array && set.ValueKind == JsonValueKind.Object;
            var condition = conditional && set.TryGetProperty("constraint", out var c) && c.ValueKind != JsonValueKind.Null ? c : default;
            if (TryReadCondition(condition) is not { } made)
            {
                book.Note(entry, $"prices under a condition that is not understood are left out: {condition.GetRawText()}");
                continue;
            }

            GenaiPrices.Read(entry, conditional && set.TryGetProperty("prices", out var inner) ? inner : set, made.Rates, book);
            sets.Add(made);
        }

        return sets;
    }

    private static FeedPrices? TryReadCondition(JsonElement condition)
    {
        if (condition.ValueKind != JsonValueKind.Object)
        {
            return condition.ValueKind == JsonValueKind.Undefined ? new FeedPrices() : null;
        }

        var from = Text(condition, "start_date");
        var (start, end) = (Text(condition, "start_time"), Text(condition, "end_time"));
        if ((from is null && start is null) || start is null != end is null || condition.EnumerateObject().Any(f => !KnownConditions.Contains(f.Name))
            || (from is not null && !DateOnly.TryParseExact(from, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)))
        {
            return null;
        }

        if (start is null)
        {
            return new FeedPrices { From = from };
        }

        return TimeOf(start) is { } first && TimeOf(end!) is { } last && first != last ? new FeedPrices { From = from, At = [$"{first}-{last}"] } : null;
    }

    // 08:30:00+08:00 is 00:30 in UTC.
    private static string? TimeOf(string text) =>
        DateTimeOffset.TryParseExact("2026-01-02T" + text, ["yyyy-MM-ddTHH:mm:ssK", "yyyy-MM-ddTHH:mmK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            && time.Second == 0 ? time.UtcDateTime.ToString("HH:mm", CultureInfo.InvariantCulture) : null;

    private static string? Text(JsonElement json, string field) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(field, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
