using OpenTelemetry.Metrics;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// What a point adds, exactly where it is known exactly: a sum of Int64 stays one. What was added between two values of one sum keeps both their fractions, so that in any unit
/// the differences add up to the last value, rounded once.
/// </summary>
internal readonly record struct PointSum
{
    // More than any sum of tokens, dollars or seconds; what is above is garbage, and once priced no store could hold it.
    private const double Max = 1e14;

    private const double Noise = 1e-9;

    private readonly Int128 _whole;
    private readonly double _fraction;
    private readonly double _lessFraction;

    private PointSum(Int128 whole, double fraction, double lessFraction, long count)
    {
        _whole = whole;
        _fraction = fraction;
        _lessFraction = lessFraction;
        Count = count;
    }

    /// <summary>How many measurements; 0 where the metric's type does not say.</summary>
    public long Count { get; }

    /// <summary>The whole part, of a value that is no difference.</summary>
    public Int128 Whole => _whole;

    /// <summary>The rest, of a value that is no difference: from 0 to below 1.</summary>
    public double Fraction => _fraction;

    public bool IsZero => _whole == 0 && _fraction == _lessFraction && Count == 0;

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

    /// <summary>The value of a sum of integers. False: it is negative.</summary>
    public static bool TryMake(long value, out PointSum sum)
    {
        sum = new PointSum(value, 0, 0, 0);
        return value >= 0;
    }

    /// <summary>The value of a sum of doubles, or the sum and count of a histogram. False: one is negative, beyond belief or no number.</summary>
    public static bool TryMake(double value, long count, out PointSum sum)
    {
        // A double's whole part and its rest are both exact; scaled as one it would lose digits above 9,007 dollars in pico-dollars.
        var whole = Math.Truncate(value);
        var isUsable = value is >= 0 and <= Max && count >= 0;
        sum = isUsable ? new PointSum((Int128)whole, value - whole, 0, count) : default;
        return isUsable;
    }

    /// <summary>The value that <see cref="Whole"/>, <see cref="Fraction"/> and <see cref="Count"/> are of. False: they are of none.</summary>
    public static bool TryRestore(long whole, double fraction, long count, out PointSum sum)
    {
        sum = new PointSum(whole, fraction, 0, count);
        return whole >= 0 && fraction is >= 0 and < 1 && count >= 0;
    }

    /// <summary>The sum in a smaller unit, rounded half to even: <c>In(1_000_000)</c> makes microseconds of seconds.</summary>
    public Int128 In(long unitsPerOne) => (_whole * unitsPerOne) + (Int128)Math.Round(_fraction * unitsPerOne) - (Int128)Math.Round(_lessFraction * unitsPerOne);

    /// <summary>The sum without an earlier part of it.</summary>
    public PointSum Less(double earlier)
    {
        var whole = Math.Truncate(earlier);
        return new PointSum(_whole - (Int128)whole, _fraction, _lessFraction + (earlier - whole), Count);
    }

    /// <summary>What was added to an earlier value of the same sum to make this one. Neither is a difference.</summary>
    public PointSum Since(in PointSum earlier) => new(_whole - earlier._whole, _fraction, earlier._fraction, Count - earlier.Count);

    /// <summary>
    /// Whether this can be a later value of the same sum: neither count nor sum is lower. Sums with fractions may be by what is lost where doubles are added up in another order.
    /// </summary>
    public bool IsAtLeast(in PointSum earlier) => Count >= earlier.Count
        && (!IsBelow(in earlier) || ((_fraction != 0 || earlier._fraction != 0) && ToDouble() >= earlier.ToDouble() * (1 - Noise)));

    /// <summary>This value, but no sum that is lower than an earlier one.</summary>
    public PointSum AtLeast(in PointSum earlier) => IsBelow(in earlier) ? new PointSum(earlier._whole, earlier._fraction, 0, Count) : this;

    private bool IsBelow(in PointSum other) => _whole < other._whole || (_whole == other._whole && _fraction < other._fraction);

    private double ToDouble() => (double)_whole + _fraction;
}
