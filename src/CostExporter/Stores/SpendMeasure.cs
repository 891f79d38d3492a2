using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Stores;

/// <summary>
/// Numbers of the measures of a row, 0 to 127. Stable: stores keep them. 0-23 are counts about calls, 32-63 the usage of bucket n-32,
/// 64-95 the cost of bucket n-64 in pico-USD; 24-31 and 96-127 say what corrections take away. A store keeps whichever it is given, also those that this
/// version does not know.
/// </summary>
public static class SpendMeasure
{
    /// <summary>Calls.</summary>
    public const byte Calls = 0;
    /// <summary>Calls that failed.</summary>
    public const byte Failed = 1;
    /// <summary>Calls that were cancelled.</summary>
    public const byte Cancelled = 2;
    /// <summary>Calls whose answer nobody read to its end.</summary>
    public const byte Abandoned = 3;
    /// <summary>Calls of which only a part of the usage is known.</summary>
    public const byte Partial = 4;
    /// <summary>Calls whose usage is estimated.</summary>
    public const byte Estimated = 5;
    /// <summary>Calls whose usage is known and price is not.</summary>
    public const byte Unpriced = 6;
    /// <summary>Calls whose usage is not known.</summary>
    public const byte Unmeasured = 7;
    /// <summary>Calls whose usage contradicts itself.</summary>
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

    /// <summary>Calls whose duration nobody said: their mean is of the others.</summary>
    public const byte Untimed = 20;

    /// <summary>What was booked for calls that are counted already, and has no known price.</summary>
    public const byte UnpricedParts = 21;

    private const byte FirstUsage = 32;
    private const byte FirstCost = 64;
    private const byte End = 96;

    /// <summary>The number of the usage of a bucket.</summary>
    public static byte Usage(UsageBucket bucket) => (byte)(FirstUsage + (byte)bucket);

    /// <summary>The number of the cost of a bucket.</summary>
    public static byte Cost(UsageBucket bucket) => (byte)(FirstCost + (byte)bucket);

    /// <summary>Whether it is the usage of a bucket, and of which.</summary>
    public static bool IsUsage(byte measure, out UsageBucket bucket)
    {
        bucket = (UsageBucket)(measure - FirstUsage);
        return measure is >= FirstUsage and < FirstCost;
    }

    /// <summary>Whether it is the cost of a bucket, and of which.</summary>
    public static bool IsCost(byte measure, out UsageBucket bucket)
    {
        bucket = (UsageBucket)(measure - FirstCost);
        return measure is >= FirstCost and < End;
    }
}
