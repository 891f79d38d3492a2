namespace LlmTelemetry.Usage;

/// <summary>For how many units of a bucket a price file gives the price, and what no price exceeds.</summary>
internal static class PriceUnits
{
    /// <summary>
    /// Tokens by the million, time by the hour, what is counted by the thousand. The limits are 10 times and more above any real price:
    /// they catch a price that was given for another unit.
    /// </summary>
    public static (long Units, decimal Highest) Of(UsageBucket bucket) => bucket switch
    {
        UsageBucket.AudioSecond or UsageBucket.InputAudioSecond => (3_600, 100),
        _ when bucket.IsInputTokens() || bucket.IsOutputTokens() => (1_000_000, 10_000),
        _ => (1_000, 1_000),
    };
}
