namespace LlmTelemetry.Usage;

/// <summary>For how many units of a bucket a price file gives the price, and what no price exceeds.</summary>
internal static class PriceUnits
{
    /// <summary>Digits after the point that a multiplied price keeps: more than any provider's has, and few enough for its rate to fit.</summary>
    public const int MultipliedDecimals = 12;

    /// <summary>What no multiplier of a tier or region exceeds.</summary>
    public const decimal MostTimes = 20;

    /// <summary>
    /// Tokens and bytes by the million, time by the hour, what is counted by the thousand. The limits are 10 times and more above any real price:
    /// they catch a price that was given for another unit.
    /// </summary>
    public static (long Units, decimal Highest) Of(UsageBucket bucket) => bucket switch
    {
        UsageBucket.AudioSecond or UsageBucket.InputAudioSecond => (3_600, 100),
        UsageBucket.VideoSecond => (3_600, 20_000),
        UsageBucket.DataByte => (1_000_000, 2_000),
        _ when IsTokens(bucket) => (1_000_000, 10_000),
        _ => (1_000, 2_000),
    };

    public static bool IsTokens(UsageBucket bucket) => bucket.IsInputTokens() || bucket.IsOutputTokens();

    /// <summary>Whether the price is not 0 as it is written and too small for a decimal: what costs next to nothing must not become free.</summary>
    public static bool IsLost(ReadOnlySpan<char> text, decimal usd) =>
        usd == 0 && text[..(text.IndexOfAny('e', 'E') is >= 0 and var exponent ? exponent : text.Length)].ContainsAnyInRange('1', '9');

    /// <summary>What the units are called in messages.</summary>
    public static string Noun(UsageBucket bucket) => Of(bucket).Units switch
    {
        3_600 => "seconds",
        1_000_000 => bucket is UsageBucket.DataByte ? "bytes" : "tokens",
        _ => "pieces",
    };
}
