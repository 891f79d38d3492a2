using System.Globalization;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>What a kind of call takes in and puts out.</summary>
internal enum Medium
{
    /// <summary>Whatever the provider says.</summary>
    Chat,

    /// <summary>Takes in text or media, puts out no tokens.</summary>
    Embeddings,

    /// <summary>Puts out images.</summary>
    Images,

    /// <summary>Takes in audio.</summary>
    SpeechToText,

    /// <summary>Puts out audio.</summary>
    TextToSpeech,
}

/// <summary>
/// Tokens of images and audio, which have prices of their own. Clients for one medium often give sums alone: what is not told apart is then of
/// that medium.
/// </summary>
internal static class MediaTokens
{
    private const string OpenAIImages = "OpenAI.Images";

    /// <param name="medium">The medium.</param>
    /// <param name="details">The client's own counts.</param>
    /// <param name="raw">The provider's own object.</param>
    /// <param name="report">Counts that it has already stay as they are.</param>
    public static void Read(Medium medium, UsageDetails details, object? raw, ref UsageTally report)
    {
#pragma warning disable MEAI001 // Experimental, but the only place where text is told from the rest.
        var (inputText, outputText) = (details.InputTextTokenCount, details.OutputTextTokenCount);
#pragma warning restore MEAI001
        switch (medium)
        {
            case Medium.Embeddings when report[UsageCount.Input] is null && report[UsageCount.Output] is null:
                report[UsageCount.Input] = report[UsageCount.Total];
                break;
            case Medium.Images:
                ReadOpenAI(raw, ref report);
                Rest(UsageCount.Output, UsageCount.OutputImage, outputText, UsageCount.Reasoning, ref report);
                break;
            case Medium.SpeechToText:
                Rest(UsageCount.Input, UsageCount.InputAudio, inputText, UsageCount.CacheRead, ref report);
                break;
            case Medium.TextToSpeech:
                Rest(UsageCount.Output, UsageCount.OutputAudio, outputText, UsageCount.Reasoning, ref report);
                break;
        }
    }

    // Adapters leave the output's parts out.
    private static void ReadOpenAI(object? raw, ref UsageTally report)
    {
        if (raw is null || !SdkObject.IsFrom(raw, OpenAIImages) || SdkObject.Get(raw, "Usage") is not { } usage)
        {
            return;
        }

        report[UsageCount.InputImage] ??= Images(SdkObject.Get(usage, "InputTokenDetails"));
        report[UsageCount.OutputImage] ??= Images(SdkObject.Get(usage, "OutputTokenDetails"));
    }

    private static long? Images(object? details) => SdkObject.Get(details, "ImageTokenCount") is { } count ? Convert.ToInt64(count, CultureInfo.InvariantCulture) : null;

    // Only where no other part is told: nothing that is billed is made by subtracting.
    private static void Rest(UsageCount whole, UsageCount part, long? text, UsageCount other, ref UsageTally report)
    {
        if (text is null or 0 && report[other] is null or 0)
        {
            report[part] ??= report[whole];
        }
    }
}
