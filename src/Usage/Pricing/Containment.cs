namespace LlmTelemetry.Usage;

/// <summary>Which classes of usage contain which: what has no price of its own pays the rate of what contains it.</summary>
internal static class Containment
{
    /// <summary>The bucket's own rate, else that of the nearest class that contains it and has one; null: the model charges nothing for it.</summary>
    public static Rate? Find(UsageBucket bucket, IReadOnlyDictionary<UsageBucket, Rate> own)
    {
        if (own.TryGetValue(bucket, out var rate))
        {
            return rate;
        }

        foreach (var container in Containers(bucket))
        {
            if (own.TryGetValue(container, out rate))
            {
                return rate;
            }
        }

        return null;
    }

    // Nearest first. Cached audio is cached before it is audio: where cached tokens have no price it is audio like any other.
    private static ReadOnlySpan<UsageBucket> Containers(UsageBucket bucket) => bucket switch
    {
        UsageBucket.CacheRead or UsageBucket.CacheWrite5m => [UsageBucket.Input],
        UsageBucket.CacheWrite1h => [UsageBucket.CacheWrite5m, UsageBucket.Input],
        UsageBucket.InputAudio or UsageBucket.InputImage or UsageBucket.InputVideo => [UsageBucket.Input],
        UsageBucket.CacheAudioRead => [UsageBucket.CacheRead, UsageBucket.InputAudio, UsageBucket.Input],
        UsageBucket.CacheImageRead => [UsageBucket.CacheRead, UsageBucket.InputImage, UsageBucket.Input],
        UsageBucket.Reasoning or UsageBucket.Citation => [UsageBucket.Output],
        UsageBucket.OutputAudio or UsageBucket.OutputImage or UsageBucket.OutputVideo => [UsageBucket.Output],
        UsageBucket.InputAudioSecond => [UsageBucket.AudioSecond],
        UsageBucket.AnnotatedDocumentPage => [UsageBucket.DocumentPage],
        _ => [],
    };
}
