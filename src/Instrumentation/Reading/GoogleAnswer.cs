using System.Collections;
using System.Globalization;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// What Google's clients do not pass on of an answer and its price hangs on, from the objects of their SDKs: tokens by modality; those of
/// an image cost ten times those of a text.
/// </summary>
internal static class GoogleAnswer
{
    private const string Audio = "AUDIO";
    private const string Video = "VIDEO";

    // Pages of documents are priced as images are.
    private static readonly string[] Image = ["IMAGE", "DOCUMENT"];

    /// <param name="raw">An answer, or a chunk of its stream.</param>
    /// <param name="report">Counts that it has already stay as they are.</param>
    public static void Read(object? raw, ref UsageTally report)
    {
        if (raw is null || !SdkObject.IsFrom(raw, "Google.") || SdkObject.Get(raw, "UsageMetadata") is not { } usage)
        {
            return;
        }

        object?[] output = [SdkObject.Get(usage, "CandidatesTokensDetails")];
        report[UsageCount.OutputAudio] ??= Of(output, Audio);
        report[UsageCount.OutputImage] ??= Of(output, Image);
        report[UsageCount.OutputVideo] ??= Of(output, Video);

        // Where it is not told which of them came from the cache, tokens would count twice.
        object?[] cached = [SdkObject.Get(usage, "CacheTokensDetails")];
        if (report[UsageCount.CacheRead] is not > 0 || (cached[0] as IEnumerable)?.GetEnumerator().MoveNext() == true)
        {
            ReadInput([SdkObject.Get(usage, "PromptTokensDetails"), SdkObject.Get(usage, "ToolUsePromptTokensDetails")], cached, ref report);
        }
    }

    // A modality that is not among the cached ones was not cached.
    private static void ReadInput(object?[] input, object?[] cached, ref UsageTally report)
    {
        report[UsageCount.InputAudio] ??= Of(input, Audio);
        report[UsageCount.InputImage] ??= Of(input, Image);
        report[UsageCount.InputVideo] ??= Of(input, Video);
        report[UsageCount.CacheAudioRead] ??= report[UsageCount.InputAudio] is null ? null : Of(cached, Audio) ?? 0;
        report[UsageCount.CacheImageRead] ??= report[UsageCount.InputImage] is null ? null : Of(cached, Image) ?? 0;
        report[UsageCount.CacheVideoRead] ??= report[UsageCount.InputVideo] is null ? null : Of(cached, Video) ?? 0;
    }

    private static long? Of(object?[] lists, params ReadOnlySpan<string> modalities)
    {
        long? sum = null;
        foreach (var list in lists)
        {
            foreach (var detail in list as IEnumerable ?? Array.Empty<object>())
            {
                // An enumeration in one SDK, a text of the wire in the other: Image, IMAGE.
                if (SdkObject.Get(detail, "Modality")?.ToString()?.ToUpperInvariant() is { } modality && modalities.Contains(modality)
                    && SdkObject.Get(detail, "TokenCount") is { } count)
                {
                    sum = (sum ?? 0) + Convert.ToInt64(count, CultureInfo.InvariantCulture);
                }
            }
        }

        return sum;
    }
}
