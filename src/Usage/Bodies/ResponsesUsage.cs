namespace LlmTelemetry.Usage;

/// <summary>OpenAI's responses, realtime sessions, images and transcriptions by the token, and xAI's responses: all parts are inside their wholes.</summary>
internal static class ResponsesUsage
{
    public static void Read(BodyNode usage, BodyEnvelope body, BodyReport report)
    {
        var input = usage.First("input_tokens_details", "input_token_details"); // The latter: realtime, transcription
        var output = usage.First("output_tokens_details", "output_token_details");
        var cached = input["cached_tokens_details"];
        var all = usage.Count("output_tokens");
        report.Tokens = OutputTotals.WithReasoning(
            new InclusiveUsage
            {
                Input = usage.Count("input_tokens"),
                CacheRead = input.Count("cached_tokens"),
                CacheWrite = input.Count("cache_write_tokens"),
                InputAudio = input.Count("audio_tokens"),
                CacheAudioRead = cached.Count("audio_tokens"),
                InputImage = input.Count("image_tokens"),
                CacheImageRead = cached.Count("image_tokens"),
                InputVideo = input.Count("video_tokens"),
                CacheVideoRead = cached.Count("video_tokens"),
                Output = all,
                Reasoning = output.Count("reasoning_tokens", "thinking_tokens"),
                OutputAudio = output.Count("audio_tokens"),
                OutputImage = IsImages(input, output, body) ? all : output.Count("image_tokens"),
                Total = usage.Count("total_tokens"),
            },
            report);
        ServerTools.Read(usage, report);
        ReportedCosts.Read(usage, report);
    }

    // What an image model puts out is images; older ones do not say so. Its input is told apart into text and images, which no other's is
    // without a word on the cache.
    private static bool IsImages(BodyNode input, BodyNode output, BodyEnvelope body) =>
        !output.IsObject && (body.Kind.StartsWith("image_", StringComparison.Ordinal)
            || (input.HasAny("text_tokens") && input.HasAny("image_tokens") && !input.HasAny("cached_tokens", "audio_tokens")));
}
