using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>One set of prices of genai-prices: each is a number, or a base with tiers that start above a number of input tokens.</summary>
internal static class GenaiPrices
{
    // What makes the unit of the key that of a price file: all are the same but characters, which are priced by the million there.
    private static readonly Dictionary<string, (UsageBucket Bucket, decimal Factor)> Prices = new(StringComparer.Ordinal)
    {
        ["input_mtok"] = (UsageBucket.Input, 1),
        ["output_mtok"] = (UsageBucket.Output, 1),
        ["cache_read_mtok"] = (UsageBucket.CacheRead, 1),
        ["cache_write_mtok"] = (UsageBucket.CacheWrite5m, 1),
        ["cache_write_5m_mtok"] = (UsageBucket.CacheWrite5m, 1),
        ["cache_write_1h_mtok"] = (UsageBucket.CacheWrite1h, 1),
        ["input_audio_mtok"] = (UsageBucket.InputAudio, 1),
        ["output_audio_mtok"] = (UsageBucket.OutputAudio, 1),
        ["cache_audio_read_mtok"] = (UsageBucket.CacheAudioRead, 1),
        ["input_image_mtok"] = (UsageBucket.InputImage, 1),
        ["output_image_mtok"] = (UsageBucket.OutputImage, 1),
        ["cache_image_read_mtok"] = (UsageBucket.CacheImageRead, 1),
        ["input_video_mtok"] = (UsageBucket.InputVideo, 1),
        ["output_video_mtok"] = (UsageBucket.OutputVideo, 1),
        ["cache_video_read_mtok"] = (UsageBucket.CacheVideoRead, 1),
        ["output_reasoning_mtok"] = (UsageBucket.Reasoning, 1),
        ["output_citation_mtok"] = (UsageBucket.Citation, 1),
        ["audio_hours"] = (UsageBucket.AudioSecond, 1),
        ["input_audio_hours"] = (UsageBucket.InputAudioSecond, 1),
        ["input_mchars"] = (UsageBucket.Character, 0.001m),
        ["requests_kcount"] = (UsageBucket.Request, 1),
        ["web_searches_kcount"] = (UsageBucket.WebSearch, 1),
        ["storage_searches_kcount"] = (UsageBucket.FileSearch, 1),
        ["code_executions_kcount"] = (UsageBucket.CodeExecution, 1),
        ["rerank_searches_kcount"] = (UsageBucket.RerankUnit, 1),
        ["input_document_kpages"] = (UsageBucket.DocumentPage, 1),
        ["input_annotated_document_kpages"] = (UsageBucket.AnnotatedDocumentPage, 1),
        ["input_text_messages_kcount"] = (UsageBucket.TextMessage, 1),
    };

    public static void Read(string entry, JsonElement prices, FeedRates rates, FeedBook book)
    {
        if (prices.ValueKind != JsonValueKind.Object)
        {
            book.Note(entry, $"is left out: its prices are {prices.GetRawText()}");
            rates.IsBroken = true;
            return;
        }

        foreach (var field in prices.EnumerateObject().Where(f => f.Value.ValueKind != JsonValueKind.Null))
        {
            if (!Prices.TryGetValue(field.Name, out var price))
            {
                book.Note(entry, $"{field.Name} has no place in a price file");
            }
            else if (!TryReadPrice(field.Value, price.Bucket, price.Factor, rates))
            {
                book.Note(entry, $"is left out: {field.Name} is {field.Value.GetRawText()}, which is no price");
                rates.IsBroken = true;
            }
        }
    }

    private static bool TryReadPrice(JsonElement value, UsageBucket bucket, decimal factor, FeedRates rates)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            return TrySet(value, bucket, factor, rates.Base);
        }

        if (!value.TryGetProperty("base", out var lowest) || !TrySet(lowest, bucket, factor, rates.Base))
        {
            return false;
        }

        foreach (var tier in value.TryGetProperty("tiers", out var tiers) && tiers.ValueKind == JsonValueKind.Array ? tiers.EnumerateArray() : default)
        {
            if (tier.ValueKind != JsonValueKind.Object || !tier.TryGetProperty("start", out var start) || !FeedNumber.TryRead(start, 1, out var tokens) || tokens is <= 0 or >= FeedRates.MostTokens || tokens != decimal.Truncate(tokens)
                || !tier.TryGetProperty("price", out var price) || !(bucket.IsInputTokens() || bucket.IsOutputTokens()) || !TrySet(price, bucket, factor, rates.Above((long)tokens)))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TrySet(JsonElement value, UsageBucket bucket, decimal factor, SortedDictionary<UsageBucket, decimal> prices)
    {
        var isPrice = FeedNumber.TryRead(value, factor, out var usd) && usd >= 0 && usd <= PriceUnits.Of(bucket).Highest;
        if (isPrice)
        {
            prices[bucket] = usd;
        }

        return isPrice;
    }
}
