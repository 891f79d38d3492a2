namespace LlmTelemetry.Usage;

/// <summary>What cached input would have been without a cache.</summary>
internal static class CachedBuckets
{
    /// <summary>The usage with what was read from or written to the cache as plain input of the same modality.</summary>
    /// <exception cref="OverflowException">The counts do not fit in Int64 together.</exception>
    public static CallUsage Without(in CallUsage usage)
    {
        var uncached = usage;
        Move(ref uncached, UsageBucket.CacheRead, UsageBucket.Input);
        Move(ref uncached, UsageBucket.CacheWrite5m, UsageBucket.Input);
        Move(ref uncached, UsageBucket.CacheWrite1h, UsageBucket.Input);
        Move(ref uncached, UsageBucket.CacheAudioRead, UsageBucket.InputAudio);
        Move(ref uncached, UsageBucket.CacheImageRead, UsageBucket.InputImage);
        Move(ref uncached, UsageBucket.CacheVideoRead, UsageBucket.InputVideo);
        return uncached;
    }

    private static void Move(ref CallUsage usage, UsageBucket from, UsageBucket to)
    {
        if (usage[from] > 0)
        {
            usage[to] = checked(usage[to] + usage[from]);
            usage[from] = 0;
        }
    }
}
