using System.Globalization;
using System.Text.RegularExpressions;

namespace LlmTelemetry.Usage;

/// <summary>
/// What the name of a price in LiteLLM's map says: <c>cache_creation_input_token_cost_above_1hr_above_200k_tokens_priority</c> is a price, a number
/// of input tokens above which it counts, and a service tier.
/// </summary>
/// <param name="Name">The name without what follows; that of hour-long cache writes keeps its <c>_above_1hr</c>.</param>
/// <param name="Above">Input tokens above which the price counts; 0: the base price.</param>
/// <param name="ServiceTier">The service tier as a price file names it; null: the standard one.</param>
internal readonly partial record struct LiteLlmKey(string Name, long Above, string? ServiceTier)
{
    /// <summary>USD per unit of the name, as a bucket and what makes it the unit of a price file; null where the unit depends on the model's mode.</summary>
    private static readonly Dictionary<string, (UsageBucket Bucket, decimal Factor)> Prices = new(StringComparer.Ordinal)
    {
        ["input_cost_per_token"] = (UsageBucket.Input, 1_000_000),
        ["output_cost_per_token"] = (UsageBucket.Output, 1_000_000),
        ["cache_read_input_token_cost"] = (UsageBucket.CacheRead, 1_000_000),
        ["input_cost_per_token_cache_hit"] = (UsageBucket.CacheRead, 1_000_000),
        ["cache_creation_input_token_cost"] = (UsageBucket.CacheWrite5m, 1_000_000),
        ["cache_creation_input_token_cost_above_1hr"] = (UsageBucket.CacheWrite1h, 1_000_000),
        ["input_cost_per_audio_token"] = (UsageBucket.InputAudio, 1_000_000),
        ["output_cost_per_audio_token"] = (UsageBucket.OutputAudio, 1_000_000),
        ["cache_read_input_audio_token_cost"] = (UsageBucket.CacheAudioRead, 1_000_000),
        ["cache_read_input_token_cost_per_audio_token"] = (UsageBucket.CacheAudioRead, 1_000_000),
        ["cache_read_input_image_token_cost"] = (UsageBucket.CacheImageRead, 1_000_000),
        ["input_cost_per_image_token"] = (UsageBucket.InputImage, 1_000_000),
        ["output_cost_per_image_token"] = (UsageBucket.OutputImage, 1_000_000),
        ["input_cost_per_video_token"] = (UsageBucket.InputVideo, 1_000_000),
        ["output_cost_per_video_token"] = (UsageBucket.OutputVideo, 1_000_000),
        ["output_cost_per_reasoning_token"] = (UsageBucket.Reasoning, 1_000_000),
        ["citation_cost_per_token"] = (UsageBucket.Citation, 1_000_000),
        ["input_cost_per_audio_per_second"] = (UsageBucket.InputAudioSecond, 3_600),
        ["output_cost_per_audio_per_second"] = (UsageBucket.AudioSecond, 3_600),
        ["input_cost_per_request"] = (UsageBucket.Request, 1_000),
        ["file_search_cost_per_1k_calls"] = (UsageBucket.FileSearch, 1),
        ["code_interpreter_cost_per_session"] = (UsageBucket.CodeExecution, 1_000),
        ["ocr_cost_per_page"] = (UsageBucket.DocumentPage, 1_000),
        ["annotation_cost_per_page"] = (UsageBucket.AnnotatedDocumentPage, 1_000),
    };

    public static LiteLlmKey Parse(string key)
    {
        long above = 0;
        string? tier = null;
        var name = Threshold().Replace(key, match =>
        {
            above = long.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number < 1_000_000_000
                ? number * (match.Groups[2].Length == 0 ? 1 : 1_000)
                : 0;
            return above == 0 ? match.Value : "";
        });
        foreach (var suffix in new[] { "priority", "flex", "batches", "ultrafast" })
        {
            if (name.EndsWith("_" + suffix, StringComparison.Ordinal))
            {
                tier = suffix == "batches" ? "batch" : suffix;
                name = name[..^(suffix.Length + 1)];
                break;
            }
        }

        return new LiteLlmKey(name, above, tier);
    }

    /// <summary>The bucket that the price is for and the factor to the unit of a price file; null: it is no price of a bucket, whatever the mode.</summary>
    public (UsageBucket Bucket, decimal Factor)? Price(string mode) =>
        Prices.TryGetValue(Name, out var price) ? price : (Name, mode) switch
        {
            ("input_cost_per_second" or "output_cost_per_second", "audio_transcription") => (UsageBucket.InputAudioSecond, 3_600),
            ("input_cost_per_second" or "output_cost_per_second", "audio_speech" or "realtime") => (UsageBucket.AudioSecond, 3_600),
            ("output_cost_per_second" or "output_cost_per_video_per_second", "video_generation") => (UsageBucket.VideoSecond, 3_600),
            ("input_cost_per_character" or "output_cost_per_character", "audio_speech") => (UsageBucket.Character, 1_000),
            ("input_cost_per_image", "image_generation" or "image_edit" or "embedding") => (UsageBucket.Image, 1_000),
            ("output_cost_per_image", _) => (UsageBucket.Image, 1_000),
            ("input_cost_per_query" or "cost_per_query", "rerank") => (UsageBucket.RerankUnit, 1_000),
            ("input_cost_per_query" or "cost_per_query", "search") => (UsageBucket.WebSearch, 1_000),
            _ => null,
        };

    /// <summary>Whether a field of the map is about money, by its name.</summary>
    public static bool LooksLikePrice(string key) => MoneyWords().IsMatch(key);

    [GeneratedRegex(@"_above_([0-9]+)(k?)_tokens", RegexOptions.CultureInvariant, 100)]
    private static partial Regex Threshold();

    [GeneratedRegex("cost|price|pricing|multiplier|_fee|_rate$|surcharge", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, 100)]
    private static partial Regex MoneyWords();
}
