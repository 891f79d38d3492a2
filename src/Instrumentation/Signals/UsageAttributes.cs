using System.Diagnostics;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>What a call used: on its span. Totals as they were reported, be it 0; parts of them only where there is something in them.</summary>
internal static class UsageAttributes
{
    public static void Write(Activity span, in CallUsage usage, Conventions conventions)
    {
        if (usage.HasInputTokens())
        {
            span.AddTag(GenAi.UsageInputTokens, usage.InputTokens);
        }

        if (usage.HasOutputTokens())
        {
            span.AddTag(GenAi.UsageOutputTokens, usage.OutputTokens);
        }

        var isLatest = conventions == Conventions.Latest;
        var cacheRead = (Int128)usage[UsageBucket.CacheRead] + usage[UsageBucket.CacheAudioRead] + usage[UsageBucket.CacheImageRead] + usage[UsageBucket.CacheVideoRead];
        Write(span, GenAi.UsageCacheReadInputTokens, cacheRead);
        Write(
            span,
            isLatest ? GenAiLatest.UsageCacheWriteInputTokens : GenAi.UsageCacheCreationInputTokens,
            (Int128)usage[UsageBucket.CacheWrite5m] + usage[UsageBucket.CacheWrite1h]);
        Write(span, GenAi.UsageReasoningOutputTokens, usage[UsageBucket.Reasoning]);
        if (isLatest)
        {
            WriteModalities(span, in usage);
        }
    }

    // Text is in no bucket of its own (TokenModalities), so nothing is said of it.
    private static void WriteModalities(Activity span, in CallUsage usage)
    {
        Write(span, GenAiLatest.UsageAudioInputTokens, (Int128)usage[UsageBucket.InputAudio] + usage[UsageBucket.CacheAudioRead]);
        Write(span, GenAiLatest.UsageAudioCacheReadInputTokens, usage[UsageBucket.CacheAudioRead]);
        Write(span, GenAiLatest.UsageAudioOutputTokens, usage[UsageBucket.OutputAudio]);
        Write(span, GenAiLatest.UsageImageInputTokens, (Int128)usage[UsageBucket.InputImage] + usage[UsageBucket.CacheImageRead]);
        Write(span, GenAiLatest.UsageImageCacheReadInputTokens, usage[UsageBucket.CacheImageRead]);
        Write(span, GenAiLatest.UsageImageOutputTokens, usage[UsageBucket.OutputImage]);
    }

    private static void Write(Activity span, string name, Int128 count)
    {
        if (count > 0)
        {
            span.AddTag(name, long.CreateSaturating(count));
        }
    }
}
