namespace LlmTelemetry.Usage;

/// <summary>
/// OpenAI's chat completions, and all who speak the same: Azure, Mistral, DeepSeek, xAI, Groq, OpenRouter, Perplexity ... Cached and written
/// tokens are parts of the prompt, reasoning of the completion; at xAI it stands beside the completion, which the total tells.
/// </summary>
internal static class ChatUsage
{
    private const string CachedText = "cached_prompt_text_tokens";

    // Mistral; Moonshot; xAI over gRPC, whose image and reasoning tokens stand outside details too; LiteLLM.
    private static readonly string[] CachedElsewhere = ["num_cached_tokens", "cached_tokens", CachedText, "cache_read_input_tokens"];

    public static void Read(BodyNode usage, BodyEnvelope body, BodyReport report)
    {
        var input = usage.First("prompt_tokens_details", "prompt_token_details"); // Mistral has been seen with the latter.
        var output = usage["completion_tokens_details"];
        var (hit, miss) = (usage.Count("prompt_cache_hit_tokens"), usage.Count("prompt_cache_miss_tokens")); // DeepSeek
        var cached = input.Count("cached_tokens") ?? hit ?? usage.Count(CachedElsewhere);
        report.MustAgree(cached, hit ?? cached);
        var prompt = usage.Count("prompt_tokens");
        report.MustAgree(prompt, hit is null || miss is null ? null : report.Sum(hit, miss));

        var tokens = new InclusiveUsage
        {
            Input = prompt,
            CacheRead = cached,
            CacheWrite = input.Count("cache_write_tokens") ?? usage.Count("cache_creation_input_tokens"), // OpenAI; LiteLLM
            InputAudio = input.Count("audio_tokens"),
            InputImage = input.Count("image_tokens") ?? usage.Count("prompt_image_tokens"),
            CacheImageRead = usage.HasAny(CachedText) ? 0 : null,
            InputVideo = input.Count("video_tokens"),
            Output = usage.Count("completion_tokens"),
            Reasoning = output.Count("reasoning_tokens") ?? usage.Count("reasoning_tokens"),
            OutputAudio = output.Count("audio_tokens"),
            OutputImage = output.Count("image_tokens"),
            OutputVideo = output.Count("video_tokens"),
            Total = usage.Count("total_tokens"),
        };
        report.Tokens = OutputTotals.WithReasoning(WithPerplexitys(usage, body, report, tokens), report);
        report.Count(UsageBucket.InputAudioSecond, usage.Seconds("prompt_audio_seconds")); // Mistral
        report.Count(UsageBucket.WebSearch, usage.Count("num_search_queries")); // Perplexity
        ServerTools.Read(usage, report);
        ReportedCosts.Read(usage, report);
    }

    // Perplexity's deep research counts citations and reasoning beside prompt, completion and total.
    private static InclusiveUsage WithPerplexitys(BodyNode usage, BodyEnvelope body, BodyReport report, InclusiveUsage tokens)
    {
        var citation = usage.Count("citation_tokens");
        if (citation is null && !body.Provider.Contains("perplexity", StringComparison.OrdinalIgnoreCase))
        {
            return tokens;
        }

        var reasoning = usage.Count("reasoning_tokens");
        return tokens with
        {
            Citation = citation,
            Output = report.Sum(tokens.Output, citation, reasoning),
            Total = tokens.Total is null ? null : report.Sum(tokens.Total, citation, reasoning),
        };
    }
}
