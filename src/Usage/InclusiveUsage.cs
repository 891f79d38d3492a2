namespace LlmTelemetry.Usage;

/// <summary>
/// Counts as most providers and the semantic conventions give them: totals that include their parts. Null: not reported.
/// <see cref="ToDisjoint"/> is the one place where parts are taken out of their wholes.
/// </summary>
public readonly record struct InclusiveUsage
{
    /// <summary>All input tokens, cached, written to the cache, audio, image and video ones included.</summary>
    public long? Input { get; init; }

    /// <summary>Input tokens read from the cache, audio and image ones included.</summary>
    public long? CacheRead { get; init; }

    /// <summary>Input tokens written to the cache, whatever their lifetime.</summary>
    public long? CacheWrite { get; init; }

    /// <summary>The part of <see cref="CacheWrite"/> with a lifetime of one hour.</summary>
    public long? CacheWrite1h { get; init; }

    /// <summary>Audio input tokens, cached ones included.</summary>
    public long? InputAudio { get; init; }

    /// <summary>Audio input tokens read from the cache: in both <see cref="InputAudio"/> and <see cref="CacheRead"/>.</summary>
    public long? CacheAudioRead { get; init; }

    /// <summary>Image input tokens, cached ones included.</summary>
    public long? InputImage { get; init; }

    /// <summary>Image input tokens read from the cache: in both <see cref="InputImage"/> and <see cref="CacheRead"/>.</summary>
    public long? CacheImageRead { get; init; }

    /// <summary>Video input tokens, cached ones included.</summary>
    public long? InputVideo { get; init; }

    /// <summary>Video input tokens read from the cache: in both <see cref="InputVideo"/> and <see cref="CacheRead"/>.</summary>
    public long? CacheVideoRead { get; init; }

    /// <summary>All output tokens, reasoning, audio, image and video ones included.</summary>
    public long? Output { get; init; }

    /// <summary>Output tokens spent on reasoning.</summary>
    public long? Reasoning { get; init; }

    /// <summary>Output tokens that quote sources.</summary>
    public long? Citation { get; init; }

    /// <summary>Audio output tokens.</summary>
    public long? OutputAudio { get; init; }

    /// <summary>Image output tokens.</summary>
    public long? OutputImage { get; init; }

    /// <summary>Video output tokens.</summary>
    public long? OutputVideo { get; init; }

    /// <summary>Input and output together, where the provider gives a total of its own to check against.</summary>
    public long? Total { get; init; }

    /// <summary>Takes the parts out of their wholes. Any counts will do: nothing is thrown.</summary>
    /// <param name="usage">The disjoint buckets, never negative: where the counts contradict themselves a part is trusted before its whole.</param>
    /// <returns>What is wrong with the counts, or <see cref="UsageIssue.None"/>: then the buckets add up to the wholes.</returns>
    public UsageIssue ToDisjoint(out CallUsage usage)
    {
        usage = default;
        var issue = UsageIssue.None;

        var cachedAudio = Clean(CacheAudioRead, ref issue);
        var cachedImage = Clean(CacheImageRead, ref issue);
        var cachedVideo = Clean(CacheVideoRead, ref issue);
        var cacheRead = Clean(CacheRead, ref issue);
        var cacheWrite1h = Clean(CacheWrite1h, ref issue);
        var audio = Clean(InputAudio, ref issue);
        var image = Clean(InputImage, ref issue);
        var video = Clean(InputVideo, ref issue);
        if (cacheRead > 0 && ((audio > 0 && CacheAudioRead is null) || (image > 0 && CacheImageRead is null) || (video > 0 && CacheVideoRead is null)))
        {
            Note(UsageIssue.UnknownOverlap, ref issue);
        }

        // The rest of each whole comes last: it is what its parts, by then in their buckets, leave of it.
        Set(ref usage, UsageBucket.CacheAudioRead, cachedAudio);
        Set(ref usage, UsageBucket.CacheImageRead, cachedImage);
        Set(ref usage, UsageBucket.CacheVideoRead, cachedVideo);
        Set(ref usage, UsageBucket.CacheRead, Rest(cacheRead, Sum(cachedAudio, cachedImage) + (cachedVideo ?? 0), ref issue));
        Set(ref usage, UsageBucket.CacheWrite1h, cacheWrite1h);
        Set(ref usage, UsageBucket.CacheWrite5m, Rest(Clean(CacheWrite, ref issue), Sum(cacheWrite1h), ref issue));
        Set(ref usage, UsageBucket.InputAudio, Rest(audio, Sum(cachedAudio), ref issue));
        Set(ref usage, UsageBucket.InputImage, Rest(image, Sum(cachedImage), ref issue));
        Set(ref usage, UsageBucket.InputVideo, Rest(video, Sum(cachedVideo), ref issue));
        Set(ref usage, UsageBucket.Input, Rest(Clean(Input, ref issue), Sum(in usage, UsageBucketExtensions.InputTokenMask), ref issue));

        Set(ref usage, UsageBucket.Reasoning, Clean(Reasoning, ref issue));
        Set(ref usage, UsageBucket.Citation, Clean(Citation, ref issue));
        Set(ref usage, UsageBucket.OutputAudio, Clean(OutputAudio, ref issue));
        Set(ref usage, UsageBucket.OutputImage, Clean(OutputImage, ref issue));
        Set(ref usage, UsageBucket.OutputVideo, Clean(OutputVideo, ref issue));
        Set(ref usage, UsageBucket.Output, Rest(Clean(Output, ref issue), Sum(in usage, UsageBucketExtensions.OutputTokenMask), ref issue));

        if (Clean(Total, ref issue) is { } total && total != Sum(in usage, UsageBucketExtensions.InputTokenMask | UsageBucketExtensions.OutputTokenMask))
        {
            Note(UsageIssue.TotalMismatch, ref issue);
        }

        return issue;
    }

    private static void Set(ref CallUsage usage, UsageBucket bucket, long? count)
    {
        if (count is { } value)
        {
            usage[bucket] = value;
        }
    }

    private static long? Clean(long? count, ref UsageIssue issue)
    {
        if (count < 0)
        {
            Note(UsageIssue.Negative, ref issue);
            return null;
        }

        return count;
    }

    // What the parts leave of the whole. A whole that was not reported although it has parts is an issue; its rest is not known.
    private static long? Rest(long? whole, Int128 parts, ref UsageIssue issue)
    {
        if (whole is not { } count)
        {
            if (parts > 0)
            {
                Note(UsageIssue.MissingWhole, ref issue);
            }

            return null;
        }

        if (parts > count)
        {
            Note(UsageIssue.PartExceedsWhole, ref issue);
            return 0;
        }

        return count - (long)parts;
    }

    // Sums of counts are Int128: what a provider reports may add up to anything.
    private static Int128 Sum(long? one, long? other = null) => (Int128)(one ?? 0) + (other ?? 0);

    private static Int128 Sum(in CallUsage usage, uint mask)
    {
        Int128 sum = 0;
        foreach (var bucket in usage)
        {
            sum += (mask >> (int)bucket & 1) != 0 ? usage[bucket] : 0;
        }

        return sum;
    }

    // The first serious issue stays; an unknown overlap yields to any other.
    private static void Note(UsageIssue found, ref UsageIssue issue)
    {
        if (issue is UsageIssue.None or UsageIssue.UnknownOverlap)
        {
            issue = found;
        }
    }
}
