using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace LlmTelemetry.Service;

/// <summary>One line of the questions to <c>llmtelemetry price --jsonl</c>, without its id. Fields that are not named here are not read.</summary>
/// <param name="Provider">Null: the model's name tells.</param>
/// <param name="Model">The model.</param>
/// <param name="Usage">The counts; undefined where there are none.</param>
/// <param name="When">When the call was made.</param>
/// <param name="ServiceTier">Null: the standard one.</param>
/// <param name="Region">Null: list price.</param>
internal readonly record struct PriceQuestion(string? Provider, string Model, JsonElement Usage, DateTimeOffset When, string? ServiceTier, string? Region)
{
    private static readonly SearchValues<char> TimeCharacters = SearchValues.Create("0123456789-+:., TtZz");

    /// <summary>Reads a line's object.</summary>
    /// <param name="line">The object.</param>
    /// <param name="now">When a call was made that does not say so.</param>
    /// <param name="question">The question, where there is no problem.</param>
    /// <returns>What is wrong with the line, or null.</returns>
    public static string? Read(JsonElement line, DateTimeOffset now, out PriceQuestion question)
    {
        question = default;
        if (line.ValueKind != JsonValueKind.Object)
        {
            return "must be an object";
        }

        if (!TryText(line, "model", out var model) || !TryText(line, "provider", out var provider) || !TryText(line, "timestamp", out var timestamp)
            || !TryText(line, "service_tier", out var serviceTier) || !TryText(line, "region", out var region))
        {
            return "model, provider, timestamp, service_tier and region must be text";
        }

        if (string.IsNullOrWhiteSpace(model))
        {
            return "has no model";
        }

        if (timestamp is not null && !TryTime(timestamp, out now))
        {
            return $"timestamp '{timestamp}' is not a time: write it as 2026-11-22T12:00:00Z";
        }

        line.TryGetProperty("usage", out var usage);
        question = new PriceQuestion(provider, model, usage, now, serviceTier, region);
        return null;
    }

    /// <summary>Reads ISO 8601; without a zone it is UTC.</summary>
    public static bool TryTime(string text, out DateTimeOffset time)
    {
        // The framework also reads 11/12/2026, which is another day elsewhere, and words: 2026-11-22, Sunday.
        time = default;
        return text.Length >= 10 && !text.AsSpan().ContainsAnyExcept(TimeCharacters) && text[4] == '-' && text[7] == '-' && DateOnly.TryParseExact(text.AsSpan(0, 10), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
    }

    private static bool TryText(JsonElement line, string name, out string? text)
    {
        text = null;
        if (!line.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return true;
        }

        try
        {
            text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: no name has one.
        }

        return text is not null;
    }
}
