using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// The usage of a message with what only its wire form tells: how much came from the cache, audio and text apart, which costs a tenth and less, and
/// the whole usage of transcriptions. Microsoft.Extensions.AI's client for OpenAI passes neither on.
/// </summary>
[Experimental("MEAI001")]
internal static class RealtimeUsage
{
    /// <param name="details">What the client passed on.</param>
    /// <param name="usage">The usage as it came over the wire; undefined: it is not there.</param>
    /// <returns>A copy; null: no usage was reported.</returns>
    public static UsageDetails? Of(UsageDetails? details, JsonElement usage)
    {
        var all = new UsageDetails();
        if (details is not null)
        {
            all.Add(details);
        }
        else if (usage.Count("input_tokens") is null && usage.Count("output_tokens") is null)
        {
            return null;
        }

        all.InputTokenCount ??= usage.Count("input_tokens");
        all.OutputTokenCount ??= usage.Count("output_tokens");
        all.TotalTokenCount ??= usage.Count("total_tokens");
        all.CachedInputTokenCount ??= usage.Count("input_token_details", "cached_tokens");
        all.InputAudioTokenCount ??= usage.Count("input_token_details", "audio_tokens");
        all.OutputAudioTokenCount ??= usage.Count("output_token_details", "audio_tokens");
        Add(all, UsageReader.CacheAudioReadKey, usage.Count("input_token_details", "cached_tokens_details", "audio_tokens"));
        Add(all, UsageReader.InputImageKey, usage.Count("input_token_details", "image_tokens"));
        Add(all, UsageReader.CacheImageReadKey, usage.Count("input_token_details", "cached_tokens_details", "image_tokens"));
        return all;
    }

    /// <summary>Seconds of audio, of a transcription that is charged by time.</summary>
    public static CallUsage? Seconds(JsonElement usage) =>
        usage.Text("type") == "duration" && UsageBody.Read(null, usage) is { HasUsage: true } body ? body.Usage : null;

    private static void Add(UsageDetails details, string key, long? count)
    {
        if (count is { } number)
        {
            (details.AdditionalCounts ??= []).TryAdd(key, number);
        }
    }
}
