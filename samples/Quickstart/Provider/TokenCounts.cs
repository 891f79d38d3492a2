namespace LlmTelemetry.Quickstart;

/// <summary>What one call used, in the words of Anthropic's <c>usage</c> object.</summary>
internal sealed record TokenCounts(long Input, long Output, long CacheRead, long CacheWrite5m, long CacheWrite1h)
{
    /// <summary>The object of a whole answer and of <c>message_start</c>: with the lifetimes of what was written to the cache.</summary>
    public object ForMessage(long output) => new
    {
        input_tokens = Input,
        cache_creation_input_tokens = CacheWrite5m + CacheWrite1h,
        cache_read_input_tokens = CacheRead,
        cache_creation = new { ephemeral_5m_input_tokens = CacheWrite5m, ephemeral_1h_input_tokens = CacheWrite1h },
        output_tokens = output,
        service_tier = "standard",
    };

    /// <summary>The object of <c>message_delta</c>: cumulative, it replaces the one of <c>message_start</c>.</summary>
    public object ForDelta() => new
    {
        input_tokens = Input,
        cache_creation_input_tokens = CacheWrite5m + CacheWrite1h,
        cache_read_input_tokens = CacheRead,
        output_tokens = Output,
    };
}
