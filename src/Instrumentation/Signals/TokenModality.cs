using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>What tokens stand for, as far as the provider tells.</summary>
internal enum TokenModality
{
    Unknown,
    Audio,
    Image,
    Video,
}

/// <summary>The modality of a bucket's tokens.</summary>
internal static class TokenModalities
{
    // The buckets of plain tokens hold whatever the provider did not tell apart, images often: to call them text would be a guess.
    public static TokenModality Of(UsageBucket bucket) => bucket switch
    {
        UsageBucket.InputAudio or UsageBucket.CacheAudioRead or UsageBucket.OutputAudio => TokenModality.Audio,
        UsageBucket.InputImage or UsageBucket.CacheImageRead or UsageBucket.OutputImage => TokenModality.Image,
        UsageBucket.InputVideo or UsageBucket.CacheVideoRead or UsageBucket.OutputVideo => TokenModality.Video,
        _ => TokenModality.Unknown,
    };
}
