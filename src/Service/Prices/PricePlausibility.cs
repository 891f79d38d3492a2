using System.Globalization;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>Checks that the prices of a book are like those that providers charge. What no provider charges is an error, what few do a warning.</summary>
internal static class PricePlausibility
{
    // The input price of a model is not that much below the price of its output, nor above it: a price of another unit is 1,000 times off and more.
    private const decimal WidestSpread = 400;

    // Places cost 10 percent more as a rule, and nowhere twice as much.
    private const decimal LowestRegion = 0.5m;
    private const decimal HighestRegion = 2;

    public static IEnumerable<PriceFinding> Check(PriceRow row)
    {
        foreach (var variant in row.Variants)
        {
            var where = variant.Condition.Length == 0 ? "" : $" ({variant.Condition})";
            var findings = Bands(variant.Written).Concat(Regions(variant.Written)).Concat(Relations(variant.Rates)).Concat(Spread(variant, row.Variants[0])).Concat(ServiceTier(variant));
            foreach (var (what, isError) in findings)
            {
                yield return new PriceFinding(row.Entry, what + where, isError);
            }
        }
    }

    private static IEnumerable<(string What, bool IsError)> Bands(IReadOnlyDictionary<string, decimal> prices)
    {
        foreach (var (name, usd) in prices)
        {
            if (UsageBucketExtensions.TryParse(name.Split(' ')[0], out var bucket) && usd != 0 && Band(bucket) is var (least, most) && (usd < least || usd > most))
            {
                var slip = usd < least ? usd * 1_000 >= least ? "1,000" : "1,000,000" : usd / 1_000 <= most ? "1,000" : "1,000,000";
                yield return ($"{name} costs {Text(usd)} USD for {PriceUnits.Of(bucket).Units.ToString("N0", CultureInfo.InvariantCulture)}, outside {Text(least)} to {Text(most)}: is it {slip} times off?", true);
            }
        }
    }

    // The span of the prices in the embedded book and in the feeds of 2026, with room on both sides.
    private static (decimal Least, decimal Most) Band(UsageBucket bucket) => bucket switch
    {
        UsageBucket.AudioSecond or UsageBucket.InputAudioSecond => (0.005m, 50),
        UsageBucket.VideoSecond => (1, 10_000),
        UsageBucket.Character => (0.0005m, 1),
        UsageBucket.TextMessage => (0.0001m, 20),
        UsageBucket.DataByte => (0.0000001m, 100),
        UsageBucket.Image or UsageBucket.ToolCall or UsageBucket.CodeExecution => (0.05m, 2_000),
        _ when !PriceUnits.IsTokens(bucket) => (0.01m, 200),
        _ when bucket.IsInputTokens() => (0.0001m, 300),
        _ => (0.001m, 1_200),
    };

    private static IEnumerable<(string What, bool IsError)> Regions(IReadOnlyDictionary<string, decimal> written) =>
        written.Where(w => w.Key.StartsWith("region ", StringComparison.Ordinal) && w.Value is < LowestRegion or > HighestRegion)
            .Select(w => ($"{w.Key} multiplies by {Text(w.Value)}, outside {Text(LowestRegion)} to {Text(HighestRegion)}", true));

    // A service tier is compared with the standard one; other days, times and contexts with the first prices of all. A slip in one of them shows nowhere else.
    private static IEnumerable<(string What, bool IsError)> Spread(PriceVariant variant, PriceVariant first)
    {
        var (reference, name) = variant.Standard is { } standard ? (standard, "in the standard tier") : (first.Rates, first.Condition.Length == 0 ? "without conditions" : first.Condition);
        foreach (var (bucket, usd) in variant.Rates)
        {
            if (reference.TryGetValue(bucket, out var other) && usd != other && Math.Max(usd, other) > PriceCheck.LargestJump * Math.Min(usd, other))
            {
                // Qwen's output costs 12 times as much in long contexts, DeepSeek's cached input did when peak hours came.
                var isRare = variant.IsLongContext || bucket.StartsWith("cache_", StringComparison.Ordinal);
                yield return ($"{bucket} costs {Text(usd)}, and {Text(other)} {name}: more than {Text(PriceCheck.LargestJump)} times apart", usd != 0 && other != 0 && !isRare);
            }
        }
    }

    private static IEnumerable<(string What, bool IsError)> Relations(IReadOnlyDictionary<string, decimal> rates)
    {
        if (!rates.TryGetValue(UsageBucket.Input.Name(), out var input))
        {
            yield break;
        }

        if (rates.TryGetValue(UsageBucket.CacheRead.Name(), out var cached) && cached > input)
        {
            yield return ($"cache_read costs {Text(cached)}, more than input at {Text(input)}", true);
        }

        if (rates.TryGetValue(UsageBucket.Output.Name(), out var output) && output != 0 && input != 0)
        {
            if (output > input * WidestSpread || input > output * WidestSpread)
            {
                yield return ($"input costs {Text(input)} and output {Text(output)}: is one of them in another unit?", true);
            }
            else if (output < input)
            {
                yield return ($"output costs {Text(output)}, less than input at {Text(input)}", false);
            }
        }

        if (input == 0 && rates.Where(r => IsTokens(r.Key) && r.Value != 0).Select(r => r.Key).FirstOrDefault() is { } priced)
        {
            yield return ($"input is free and {priced} is not", false);
        }
        else if (input != 0 && rates.TryGetValue(UsageBucket.Output.Name(), out var free) && free == 0)
        {
            yield return ("output is free and input is not", false);
        }
    }

    private static IEnumerable<(string What, bool IsError)> ServiceTier(PriceVariant variant)
    {
        foreach (var (bucket, usd) in variant.Standard?.Where(r => IsTokens(r.Key) && r.Value != 0) ?? [])
        {
            var own = variant.Rates.GetValueOrDefault(bucket, usd);
            if (variant.ServiceTier is "batch" or "flex" && own > usd)
            {
                // Some providers have no discount for cached tokens in a batch: those cost what input does there, which may be more than the standard tier's.
                yield return ($"{bucket} costs {Text(own)} in {variant.ServiceTier}, more than {Text(usd)} in the standard tier", bucket is "input" or "output");
            }
            else if (variant.ServiceTier is "priority" or "fast" && own < usd)
            {
                yield return ($"{bucket} costs {Text(own)} in {variant.ServiceTier}, less than {Text(usd)} in the standard tier", false);
            }
        }
    }

    private static bool IsTokens(string name) => UsageBucketExtensions.TryParse(name, out var bucket) && PriceUnits.IsTokens(bucket);

    private static string Text(decimal usd) => usd.ToString("0.############", CultureInfo.InvariantCulture);
}
