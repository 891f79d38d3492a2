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

    /// <summary>Video input tokens.</summary>
    public long? InputVideo { get; init; }

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

    /// <summary>Takes the parts out of their wholes.</summary>
    /// <param name="usage">The disjoint buckets, never negative: where the counts contradict themselves a part is trusted before its whole.</param>
    /// <returns>What is wrong with the counts, or <see cref="UsageIssue.None"/>.</returns>
    public UsageIssue ToDisjoint(out CallUsage usage)
    {
        usage = default;
        var issue = UsageIssue.None;

        var cacheRead = Clean(CacheRead, ref issue);
        var cacheWrite = Clean(CacheWrite, ref issue);
        var cacheWrite1h = Clean(CacheWrite1h, ref issue);
        var audio = Clean(InputAudio, ref issue);
        var cachedAudio = Clean(CacheAudioRead, ref issue);
        var image = Clean(InputImage, ref issue);
        var cachedImage = Clean(CacheImageRead, ref issue);
        var video = Clean(InputVideo, ref issue);
        var reasoning = Clean(Reasoning, ref issue);
        var citation = Clean(Citation, ref issue);
        var outputAudio = Clean(OutputAudio, ref issue);
        var outputImage = Clean(OutputImage, ref issue);
        var outputVideo = Clean(OutputVideo, ref issue);

        if (cacheRead > 0 && ((audio > 0 && CacheAudioRead is null) || (image > 0 && CacheImageRead is null)))
        {
            Note(UsageIssue.UnknownOverlap, ref issue);
        }

        var inputParts = Add(Add(Add(cacheRead, cacheWrite ?? cacheWrite1h), Rest(audio, cachedAudio, ref issue)), Add(Rest(image, cachedImage, ref issue), video));
        var outputParts = Add(Add(reasoning, citation), Add(Add(outputAudio, outputImage), outputVideo));

        Set(ref usage, UsageBucket.Input, Whole(Clean(Input, ref issue), inputParts, ref issue));
        Set(ref usage, UsageBucket.CacheRead, Rest(cacheRead, Add(cachedAudio, cachedImage), ref issue));
        Set(ref usage, UsageBucket.CacheWrite5m, Rest(cacheWrite, cacheWrite1h, ref issue));
        Set(ref usage, UsageBucket.CacheWrite1h, cacheWrite1h);
        Set(ref usage, UsageBucket.InputAudio, Rest(audio, cachedAudio, ref issue));
        Set(ref usage, UsageBucket.CacheAudioRead, cachedAudio);
        Set(ref usage, UsageBucket.InputImage, Rest(image, cachedImage, ref issue));
        Set(ref usage, UsageBucket.CacheImageRead, cachedImage);
        Set(ref usage, UsageBucket.InputVideo, video);
        Set(ref usage, UsageBucket.Output, Whole(Clean(Output, ref issue), outputParts, ref issue));
        Set(ref usage, UsageBucket.Reasoning, reasoning);
        Set(ref usage, UsageBucket.Citation, citation);
        Set(ref usage, UsageBucket.OutputAudio, outputAudio);
        Set(ref usage, UsageBucket.OutputImage, outputImage);
        Set(ref usage, UsageBucket.OutputVideo, outputVideo);

        if (Clean(Total, ref issue) is { } total && issue is UsageIssue.None or UsageIssue.UnknownOverlap && (Int128)total != (Int128)usage.InputTokens + usage.OutputTokens)
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

    // The whole without its parts; a whole that was not reported although parts were is an issue.
    private static long? Whole(long? whole, long? parts, ref UsageIssue issue)
    {
        if (whole is null && parts > 0)
        {
            Note(UsageIssue.MissingWhole, ref issue);
        }

        return Rest(whole, parts, ref issue);
    }

    private static long? Rest(long? whole, long? part, ref UsageIssue issue)
    {
        if (whole is not null && part > whole)
        {
            Note(UsageIssue.PartExceedsWhole, ref issue);
            return 0;
        }

        return whole - (part ?? 0);
    }

    // Null only when both are; a sum past Int64 is no real count.
    private static long? Add(long? left, long? right) => left is null ? right : checked(left + (right ?? 0));

    // The first serious issue stays; an unknown overlap yields to any other.
    private static void Note(UsageIssue found, ref UsageIssue issue)
    {
        if (issue is UsageIssue.None or UsageIssue.UnknownOverlap)
        {
            issue = found;
        }
    }
}
