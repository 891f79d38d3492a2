namespace LlmTelemetry.Usage;

/// <summary>
/// The disjoint buckets in which a call's usage is counted and priced: what is in one bucket is in no other.
/// Numbers are stable: stores keep them. New buckets go to the end.
/// </summary>
public enum UsageBucket : byte
{
    /// <summary>Input tokens billed at the full rate; cached, audio, image and video tokens are not counted again here.</summary>
    Input = 0,

    /// <summary>Input tokens read from the provider's prompt cache.</summary>
    CacheRead = 1,

    /// <summary>Input tokens written to the prompt cache with the provider's default lifetime (5 minutes at Anthropic).</summary>
    CacheWrite5m = 2,

    /// <summary>Input tokens written to the prompt cache with a lifetime of one hour.</summary>
    CacheWrite1h = 3,

    /// <summary>Audio input tokens that did not come from the cache.</summary>
    InputAudio = 4,

    /// <summary>Audio input tokens read from the prompt cache.</summary>
    CacheAudioRead = 5,

    /// <summary>Image input tokens that did not come from the cache.</summary>
    InputImage = 6,

    /// <summary>Image input tokens read from the prompt cache.</summary>
    CacheImageRead = 7,

    /// <summary>Video input tokens that did not come from the cache.</summary>
    InputVideo = 8,

    /// <summary>Output tokens that are in none of the more specific output buckets.</summary>
    Output = 9,

    /// <summary>Output tokens spent on reasoning (thinking).</summary>
    Reasoning = 10,

    /// <summary>Output tokens that quote sources.</summary>
    Citation = 11,

    /// <summary>Audio output tokens.</summary>
    OutputAudio = 12,

    /// <summary>Image output tokens.</summary>
    OutputImage = 13,

    /// <summary>Video output tokens.</summary>
    OutputVideo = 14,

    /// <summary>Requests, where the provider charges a fee for each.</summary>
    Request = 15,

    /// <summary>Web searches that the provider ran.</summary>
    WebSearch = 16,

    /// <summary>File or storage searches that the provider ran.</summary>
    FileSearch = 17,

    /// <summary>Other tool calls that the provider ran and charges for; the kind is the tool's name.</summary>
    ToolCall = 18,

    /// <summary>Images, where they are charged by the piece; the kind is size and quality: <c>1024x1024/high</c>.</summary>
    Image = 19,

    /// <summary>Seconds of audio, where it is charged by time.</summary>
    AudioSecond = 20,

    /// <summary>Seconds of audio input, where it is charged by time.</summary>
    InputAudioSecond = 21,

    /// <summary>Characters (speech).</summary>
    Character = 22,

    /// <summary>Pages of a document.</summary>
    DocumentPage = 23,

    /// <summary>Annotated pages of a document.</summary>
    AnnotatedDocumentPage = 24,

    /// <summary>Text messages, where they are charged by the piece.</summary>
    TextMessage = 25,

    /// <summary>Video input tokens read from the prompt cache.</summary>
    CacheVideoRead = 26,

    /// <summary>Sessions of code execution (containers) that the provider ran.</summary>
    CodeExecution = 27,

    /// <summary>Search units of reranking: one query with up to 100 documents at Cohere.</summary>
    RerankUnit = 28,

    /// <summary>Seconds of generated video, where it is charged by time.</summary>
    VideoSecond = 29,

    /// <summary>Bytes of data, where an API charges by its size.</summary>
    DataByte = 30,
}
