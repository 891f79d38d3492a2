using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Stores;

/// <summary>
/// Numbers of the measures of a row. Stable: stores keep them. 0-31 are counts about calls, 32-63 the usage of bucket n-32,
/// 64-95 the cost of bucket n-64 in pico-USD. All fit in 7 bits.
/// </summary>
internal static class SpendMeasure
{
    public const byte Calls = 0;
    public const byte Failed = 1;
    public const byte Cancelled = 2;
    public const byte Abandoned = 3;
    public const byte Partial = 4;
    public const byte Estimated = 5;
    public const byte Unpriced = 6;
    public const byte Unmeasured = 7;
    public const byte Inconsistent = 8;

    /// <summary>Sum of the calls' durations in microseconds.</summary>
    public const byte DurationMicros = 9;

    /// <summary>Tokens (input and output) of calls whose price is not known.</summary>
    public const byte UnpricedTokens = 10;

    /// <summary>What is charged on for the calls in pico-USD; their cost is apart from it.</summary>
    public const byte Charged = 11;

    /// <summary>Calls that were charged on, be it at 0.</summary>
    public const byte ChargedCalls = 12;

    /// <summary>Answers from a cache of the application's own: no calls.</summary>
    public const byte CacheHits = 13;

    /// <summary>What those answers would have cost in pico-USD, as far as it is known.</summary>
    public const byte Saved = 14;

    /// <summary>How many figures a row of further figures holds (<see cref="FigureName"/>).</summary>
    public const byte Figures = 15;

    /// <summary>
    /// The positive ones: whole units, and billionths of one beside them. Two measures, because one of billionths could pass what a store holds and stop
    /// everything behind it; these cannot.
    /// </summary>
    public const byte FigurePlus = 16;

    /// <summary>See <see cref="FigurePlus"/>.</summary>
    public const byte FigurePlusBillionths = 17;

    /// <summary>The negative ones, without their sign: stores only add.</summary>
    public const byte FigureMinus = 18;

    /// <summary>See <see cref="FigureMinus"/>.</summary>
    public const byte FigureMinusBillionths = 19;

    private const byte FirstUsage = 32;
    private const byte FirstCost = 64;
    private const byte End = 96;

    public static byte Usage(UsageBucket bucket) => (byte)(FirstUsage + (byte)bucket);

    public static byte Cost(UsageBucket bucket) => (byte)(FirstCost + (byte)bucket);

    public static bool IsUsage(byte measure, out UsageBucket bucket)
    {
        bucket = (UsageBucket)(measure - FirstUsage);
        return measure is >= FirstUsage and < FirstCost;
    }

    public static bool IsCost(byte measure, out UsageBucket bucket)
    {
        bucket = (UsageBucket)(measure - FirstCost);
        return measure is >= FirstCost and < End;
    }
}
