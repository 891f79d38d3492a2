using System.Diagnostics;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>What a call asks for, as far as its options say: on its span. Only what is set costs anything.</summary>
internal static class RequestAttributes
{
    // The providers' own name for it; clients that know it take it from the additional properties.
    private const string ChoiceCount = "n";

    public static void Write(Activity span, ChatOptions options, Conventions conventions)
    {
        if (options.MaxOutputTokens is { } maxTokens)
        {
            span.AddTag(GenAi.RequestMaxTokens, maxTokens);
        }

        Write(span, GenAi.RequestTemperature, options.Temperature);
        Write(span, GenAi.RequestTopP, options.TopP);
        Write(span, GenAi.RequestFrequencyPenalty, options.FrequencyPenalty);
        Write(span, GenAi.RequestPresencePenalty, options.PresencePenalty);
        if (options.TopK is { } topK)
        {
            span.AddTag(GenAi.RequestTopK, conventions == Conventions.Latest ? topK : (object)(double)topK);
        }

        if (options.Seed is { } seed)
        {
            span.AddTag(GenAi.RequestSeed, seed);
        }

        // A copy: the list is the caller's, and exporters read the span later.
        if (options.StopSequences is { Count: > 0 } stops)
        {
            span.AddTag(GenAi.RequestStopSequences, stops.ToArray());
        }

        if (OutputTypeOf(options.ResponseFormat) is { } outputType)
        {
            span.AddTag(GenAi.OutputType, outputType);
        }

        if (options.AdditionalProperties is { } more && more.TryGetValue(ChoiceCount, out var count) && count is int and not 1 or long and not 1)
        {
            span.AddTag(GenAi.RequestChoiceCount, count);
        }
    }

    // Through decimal, so that 0.7 stays 0.7 and does not become 0.699999988079071.
    private static void Write(Activity span, string name, float? value)
    {
        if (value is { } set && float.IsFinite(set))
        {
            span.AddTag(name, Math.Abs(set) < 1e6f ? (double)(decimal)set : set);
        }
    }

    private static string? OutputTypeOf(ChatResponseFormat? format) => format switch
    {
        ChatResponseFormatJson => GenAi.OutputTypeJson,
        ChatResponseFormatText => GenAi.OutputTypeText,
        _ => null,
    };
}
