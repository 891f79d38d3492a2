using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlmTelemetry.Usage;

/// <summary>
/// Entries of LiteLLM's map whose names say a size and a quality (<c>hd/1024-x-1792/dall-e-3</c>): prices of images by kind, <c>1024x1792/hd</c>, of the
/// model that is named last.
/// </summary>
internal sealed partial class LiteLlmImages
{
    private readonly Dictionary<(string Provider, string Model), SortedDictionary<string, decimal>> _kinds = [];

    /// <summary>Whether the entry is of that sort; it is kept or noted then.</summary>
    public bool TryAdd(string name, string provider, JsonElement json, FeedBook book)
    {
        var parts = name.ToLowerInvariant().Split('/');
        var at = Array.FindIndex(parts, p => Size().IsMatch(p));
        if (at < 0 || at == parts.Length - 1)
        {
            return false;
        }

        var size = Size().Match(parts[at]);
        var (width, height) = (size.Groups[1].Value, size.Groups[2].Value);
        var quality = parts[..^1].FirstOrDefault(p => Quality().IsMatch(p));
        var model = string.Join('/', parts.Where((p, i) => i != at && p != quality && (i == parts.Length - 1 || FeedProviders.IdOf(p) != provider)));
        if (PriceOf(json, Number(width) * Number(height)) is not { } usd)
        {
            book.Note(name, "is left out: it has no price of an image");
            return true;
        }

        if (!_kinds.TryGetValue((provider, model), out var kinds))
        {
            _kinds[(provider, model)] = kinds = new(StringComparer.Ordinal);
        }

        var kind = $"{width}x{height}{(quality is null ? "" : "/" + quality)}";
        if (!kinds.TryAdd(kind, usd) && kinds[kind] != usd)
        {
            book.Note(name, $"{model} has another price for {kind} before, which counts");
        }

        return true;
    }

    /// <summary>The prices by kind of a model, which has an entry of its own; null: none.</summary>
    public SortedDictionary<string, decimal>? Take(string provider, string model) => _kinds.Remove((provider, model), out var kinds) ? kinds : null;

    /// <summary>Models that are priced by kind only.</summary>
    public IEnumerable<(string Provider, string Model, SortedDictionary<string, decimal> Kinds)> Rest() => _kinds.Select(k => (k.Key.Provider, k.Key.Model, k.Value));

    // USD for a thousand images.
    private static decimal? PriceOf(JsonElement json, decimal pixels)
    {
        foreach (var (key, units) in new[] { ("output_cost_per_image", 1m), ("input_cost_per_image", 1m), ("output_cost_per_pixel", pixels), ("input_cost_per_pixel", pixels) })
        {
            if (json.TryGetProperty(key, out var value) && FeedNumber.TryRead(value, 1_000 * units, out var usd) && usd > 0 && usd <= PriceUnits.Of(UsageBucket.Image).Highest)
            {
                return usd;
            }
        }

        return null;
    }

    private static decimal Number(string digits) => decimal.Parse(digits, CultureInfo.InvariantCulture);

    [GeneratedRegex("^([0-9]{2,5})-?x-?([0-9]{2,5})$", RegexOptions.CultureInvariant, 100)]
    private static partial Regex Size();

    [GeneratedRegex("^(low|medium|high|auto|standard|hd|ultra|premium|([0-9]+|max)-steps)$", RegexOptions.CultureInvariant, 100)]
    private static partial Regex Quality();
}
