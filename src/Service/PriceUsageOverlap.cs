using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>
/// Cached tokens and audio (image, video) tokens of which nobody says how many are both. That matters only to a model which has a price of its own for
/// one that is both, or for the audio.
/// </summary>
internal static class PriceUsageOverlap
{
    /// <summary>The usage without the audio, image and video input that overlaps the cache by an unknown amount and is priced like any other input.</summary>
    public static InclusiveUsage WithoutUnpriced(in InclusiveUsage tokens, PriceBook book, string? provider, string model) => tokens with
    {
        InputAudio = IsMoot(UsageBucket.InputAudio, UsageBucket.CacheAudioRead, tokens.InputAudio, tokens.CacheAudioRead, in tokens, book, provider, model) ? null : tokens.InputAudio,
        InputImage = IsMoot(UsageBucket.InputImage, UsageBucket.CacheImageRead, tokens.InputImage, tokens.CacheImageRead, in tokens, book, provider, model) ? null : tokens.InputImage,
        InputVideo = IsMoot(UsageBucket.InputVideo, UsageBucket.CacheVideoRead, tokens.InputVideo, tokens.CacheVideoRead, in tokens, book, provider, model) ? null : tokens.InputVideo,
    };

    /// <summary>Whether an overlap that is not known has a price.</summary>
    public static bool IsPriced(in InclusiveUsage tokens, PriceBook book, string? provider, string model) =>
        (tokens is { InputAudio: > 0, CacheAudioRead: null } && book.PricesApart(provider, model, UsageBucket.CacheAudioRead))
        || (tokens is { InputImage: > 0, CacheImageRead: null } && book.PricesApart(provider, model, UsageBucket.CacheImageRead))
        || (tokens is { InputVideo: > 0, CacheVideoRead: null } && book.PricesApart(provider, model, UsageBucket.CacheVideoRead));

    private static bool IsMoot(
        UsageBucket bucket, UsageBucket cachedBucket, long? count, long? cached, in InclusiveUsage tokens, PriceBook book, string? provider, string model) =>
        count > 0 && cached is null && tokens.CacheRead > 0 && count <= tokens.Input
        && !book.PricesApart(provider, model, bucket) && !book.PricesApart(provider, model, cachedBucket);
}
