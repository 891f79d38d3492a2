using OpenTelemetry.Metrics;

namespace LlmTelemetry.CostExporter;

/// <summary>What a point adds, exactly where the SDK has it exactly: a sum of Int64 stays one.</summary>
internal readonly struct PointSum
{
    // More than any sum of tokens, dollars or seconds; what is above is garbage, and once priced no store could hold it.
    private const double Max = 1e14;

    private readonly Int128 _whole;
    private readonly double _fraction;

    private PointSum(Int128 whole, double fraction, long count)
    {
        _whole = whole;
        _fraction = fraction;
        Count = count;
    }

    /// <summary>How many measurements; 0 where the metric's type does not say.</summary>
    public long Count { get; }

    public bool IsZero => _whole == 0 && _fraction == 0 && Count == 0;

    /// <summary>False: the value is negative, beyond belief or no number, or the metric's type has no sum of what was added since the last collection.</summary>
    public static bool TryRead(Metric metric, in MetricPoint point, out PointSum sum)
    {
        sum = default;
        return metric.MetricType switch
        {
            MetricType.LongSum => TryMake(point.GetSumLong(), out sum),
            MetricType.DoubleSum => TryMake(point.GetSumDouble(), 0, out sum),
            MetricType.Histogram or MetricType.ExponentialHistogram => TryMake(point.GetHistogramSum(), point.GetHistogramCount(), out sum),
            _ => false,
        };
    }

    /// <summary>The sum in a smaller unit, rounded half to even: <c>In(1_000_000)</c> makes microseconds of seconds.</summary>
    public Int128 In(long unitsPerOne) => (_whole * unitsPerOne) + (Int128)Math.Round(_fraction * unitsPerOne);

    /// <summary>The sum without an earlier part of it.</summary>
    public PointSum Less(double earlier)
    {
        var whole = Math.Truncate(earlier);
        var (rest, fraction) = (_whole - (Int128)whole, _fraction - (earlier - whole));
        return fraction < 0 && rest > 0 ? new PointSum(rest - 1, fraction + 1, Count) : new PointSum(rest, fraction, Count);
    }

    private static bool TryMake(long value, out PointSum sum)
    {
        sum = new PointSum(value, 0, 0);
        return value >= 0;
    }

    private static bool TryMake(double value, long count, out PointSum sum)
    {
        // A double's whole part and its rest are both exact; scaled as one it would lose digits above 9,007 dollars in pico-dollars.
        var whole = Math.Truncate(value);
        var isUsable = value is >= 0 and <= Max;
        sum = isUsable ? new PointSum((Int128)whole, value - whole, count) : default;
        return isUsable;
    }
}
