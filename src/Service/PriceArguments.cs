using System.CommandLine.Parsing;
using System.Globalization;

namespace LlmTelemetry.Service;

/// <summary>The arguments of <c>price</c> that take more than words.</summary>
internal static class PriceArguments
{
    /// <summary>The counts that have an option of their own.</summary>
    public static (string Option, string Name, string Description)[] Counts { get; } =
    [
        ("--input", "input_tokens", "Input tokens, cached and audio ones included."),
        ("--cache-read", "cache_read_tokens", "Of these, read from the prompt cache."),
        ("--cache-write", "cache_write_tokens", "Of these, written to the prompt cache."),
        ("--cache-write-1h", "cache_write_1h_tokens", "Of those written, the ones kept for an hour."),
        ("--input-audio", "input_audio_tokens", "Of the input, audio."),
        ("--output", "output_tokens", "Output tokens, reasoning included."),
        ("--reasoning", "output_reasoning_tokens", "Of these, reasoning."),
        ("--output-audio", "output_audio_tokens", "Of these, audio."),
        ("--web-searches", "web_searches", "Web searches that the provider ran."),
    ];

    public static long? Count(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count))
        {
            return count;
        }

        result.AddError($"'{text}' is no count: write a whole number, as 12000.");
        return null;
    }

    public static DateTimeOffset? Time(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (PriceQuestion.TryTime(text, out var time))
        {
            return time;
        }

        result.AddError($"'{text}' is not a time: write it as 2026-11-22T12:00:00Z.");
        return null;
    }
}
