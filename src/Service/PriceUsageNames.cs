using System.Collections.Frozen;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>
/// Names of counts. Totals include their parts, as the semantic conventions, most providers and genai-prices count; a bucket's own name
/// (<c>cache_read</c>, <c>web_search</c>) counts what is in no other bucket.
/// </summary>
internal static class PriceUsageNames
{
    /// <summary>Input and output tokens together: not priced, but compared.</summary>
    public const string All = "total_tokens";

    /// <summary>The rest of the cache writes: part of <c>cache_write_tokens</c>, or beside <c>cache_write_1h_tokens</c> all there are.</summary>
    public const string CacheWrite5m = "cache_write_5m_tokens";

    // Parts that have no price of their own anywhere: nothing but a check of their total.
    private static readonly FrozenDictionary<string, UsageBucket> Parts = new Dictionary<string, UsageBucket>
    {
        ["input_text_tokens"] = UsageBucket.Input,
        ["input_tool_tokens"] = UsageBucket.Input,
        ["output_text_tokens"] = UsageBucket.Output,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, UsageBucket> Totals = new Dictionary<string, UsageBucket>
    {
        ["input_tokens"] = UsageBucket.Input,
        ["cache_read_tokens"] = UsageBucket.CacheRead,
        ["cache_write_tokens"] = UsageBucket.CacheWrite5m,
        ["cache_write_1h_tokens"] = UsageBucket.CacheWrite1h,
        ["input_audio_tokens"] = UsageBucket.InputAudio,
        ["cache_audio_read_tokens"] = UsageBucket.CacheAudioRead,
        ["input_image_tokens"] = UsageBucket.InputImage,
        ["cache_image_read_tokens"] = UsageBucket.CacheImageRead,
        ["input_video_tokens"] = UsageBucket.InputVideo,
        ["cache_video_read_tokens"] = UsageBucket.CacheVideoRead,
        ["output_tokens"] = UsageBucket.Output,
        ["output_reasoning_tokens"] = UsageBucket.Reasoning,
        ["output_citation_tokens"] = UsageBucket.Citation,
        ["output_audio_tokens"] = UsageBucket.OutputAudio,
        ["output_image_tokens"] = UsageBucket.OutputImage,
        ["output_video_tokens"] = UsageBucket.OutputVideo,
        ["audio_seconds"] = UsageBucket.AudioSecond,
        ["input_audio_seconds"] = UsageBucket.InputAudioSecond,
        ["input_document_pages"] = UsageBucket.DocumentPage,
        ["input_annotated_document_pages"] = UsageBucket.AnnotatedDocumentPage,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, UsageBucket> Counts = new Dictionary<string, UsageBucket>
    {
        ["requests"] = UsageBucket.Request,
        ["web_searches"] = UsageBucket.WebSearch,
        ["file_searches"] = UsageBucket.FileSearch,
        ["storage_searches"] = UsageBucket.FileSearch,
        ["tool_calls"] = UsageBucket.ToolCall,
        ["images"] = UsageBucket.Image,
        ["characters"] = UsageBucket.Character,
        ["input_characters"] = UsageBucket.Character,
        ["input_text_messages"] = UsageBucket.TextMessage,
        ["code_executions"] = UsageBucket.CodeExecution,
        ["rerank_units"] = UsageBucket.RerankUnit,
        ["rerank_searches"] = UsageBucket.RerankUnit,
        ["video_seconds"] = UsageBucket.VideoSecond,
        ["data_bytes"] = UsageBucket.DataByte,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Finds the total that a count is part of without having a price of its own.</summary>
    public static bool TryFindPart(string name, out UsageBucket total) => Parts.TryGetValue(name, out total);

    /// <summary>Finds what a name counts.</summary>
    /// <param name="name">The name.</param>
    /// <param name="bucket">The bucket; of a total that of what its parts leave of it.</param>
    /// <param name="isTotal">Whether the count includes parts that have names of their own.</param>
    public static bool TryFind(string name, out UsageBucket bucket, out bool isTotal)
    {
        isTotal = Totals.TryGetValue(name, out bucket);
        return isTotal || Counts.TryGetValue(name, out bucket) || UsageBucketExtensions.TryParse(name, out bucket);
    }
}
