namespace LlmTelemetry.Usage;

/// <summary>Which classes of usage contain which: what has no price of its own pays the rate of what contains it.</summary>
internal static class Containment
{
    /// <summary>The buckets whose price the bucket pays where it has none of its own, nearest first.</summary>
    // Cached audio is cached before it is audio: where cached tokens have no price it is audio like any other.
    public static ReadOnlySpan<UsageBucket> Of(UsageBucket bucket) => bucket switch
    {
        UsageBucket.CacheRead or UsageBucket.CacheWrite5m => [UsageBucket.Input],
        UsageBucket.CacheWrite1h => [UsageBucket.CacheWrite5m, UsageBucket.Input],
        UsageBucket.InputAudio or UsageBucket.InputImage or UsageBucket.InputVideo => [UsageBucket.Input],
        UsageBucket.CacheAudioRead => [UsageBucket.CacheRead, UsageBucket.InputAudio, UsageBucket.Input],
        UsageBucket.CacheImageRead => [UsageBucket.CacheRead, UsageBucket.InputImage, UsageBucket.Input],
        UsageBucket.CacheVideoRead => [UsageBucket.CacheRead, UsageBucket.InputVideo, UsageBucket.Input],
        UsageBucket.Reasoning or UsageBucket.Citation => [UsageBucket.Output],
        UsageBucket.OutputAudio or UsageBucket.OutputImage or UsageBucket.OutputVideo => [UsageBucket.Output],
        UsageBucket.InputAudioSecond => [UsageBucket.AudioSecond],
        UsageBucket.AnnotatedDocumentPage => [UsageBucket.DocumentPage],
        _ => [],
    };
}
