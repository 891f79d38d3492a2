using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Usage;

/// <summary>Facts about each <see cref="UsageBucket"/>: its name in metrics, reports and stores, and what it counts.</summary>
public static class UsageBucketExtensions
{
    /// <summary>How many buckets there are; their numbers run from 0 to this, exclusive.</summary>
    public const int Count = 31;

    internal const uint InputTokenMask = (1u << (int)UsageBucket.CacheVideoRead) | 0b0001_1111_1111;
    internal const uint OutputTokenMask = 0b0111_1110_0000_0000;

    // By the bucket's number.
    private static readonly string[] Names =
    [
        Buckets.Input, Buckets.CacheRead, Buckets.CacheWrite5m, Buckets.CacheWrite1h, Buckets.InputAudio, Buckets.CacheAudioRead,
        Buckets.InputImage, Buckets.CacheImageRead, Buckets.InputVideo, Buckets.Output, Buckets.Reasoning, Buckets.Citation,
        Buckets.OutputAudio, Buckets.OutputImage, Buckets.OutputVideo, Buckets.Request, Buckets.WebSearch, Buckets.FileSearch,
        Buckets.ToolCall, Buckets.Image, Buckets.AudioSecond, Buckets.InputAudioSecond, Buckets.Character, Buckets.DocumentPage,
        Buckets.AnnotatedDocumentPage, Buckets.TextMessage, Buckets.CacheVideoRead, Buckets.CodeExecution, Buckets.RerankUnit, Buckets.VideoSecond,
        Buckets.DataByte,
    ];

    /// <summary>The bucket's name, as in the attribute <c>llm.usage.type</c>: <c>cache_read</c>.</summary>
    public static string Name(this UsageBucket bucket) => Names[(int)bucket];

    /// <summary>Whether the bucket counts tokens that were sent to the model.</summary>
    public static bool IsInputTokens(this UsageBucket bucket) => (InputTokenMask >> (int)bucket & 1) != 0;

    /// <summary>Whether the bucket counts tokens that the model generated.</summary>
    public static bool IsOutputTokens(this UsageBucket bucket) => (OutputTokenMask >> (int)bucket & 1) != 0;

    /// <summary>Finds a bucket by <see cref="Name"/>; false when there is none of that name.</summary>
    public static bool TryParse(string? name, out UsageBucket bucket)
    {
        var index = Array.IndexOf(Names, name);
        bucket = (UsageBucket)Math.Max(index, 0);
        return index >= 0;
    }
}
