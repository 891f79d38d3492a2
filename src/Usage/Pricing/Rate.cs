using System.Globalization;

namespace LlmTelemetry.Usage;

/// <summary>
/// What one unit of a bucket costs in pico-USD: an exact fraction, since a price per million or per hour need not be a whole number
/// of pico-USD. Of the embedded prices nearly all are, and cost one multiplication.
/// </summary>
internal readonly record struct Rate
{
    private readonly long _numerator;
    private readonly long _denominator;

    private Rate(long numerator, long denominator)
    {
        _numerator = numerator;
        _denominator = denominator;
    }

    /// <summary>Makes the rate of a price of so many USD for so many units.</summary>
    /// <exception cref="OverflowException">The price has more digits than Int64 holds.</exception>
    public static Rate Of(decimal usd, long units)
    {
        var digits = usd.Scale;
        var numerator = (Int128)(usd * Power(digits)) * Cost.PicoPerUsd;
        var denominator = (Int128)Power(digits) * units;
        var divisor = GreatestCommonDivisor(numerator, denominator);
        return new Rate(checked((long)(numerator / divisor)), checked((long)(denominator / divisor)));
    }

    /// <summary>Whether a unit costs a whole number of pico-USD: then nothing is rounded, whatever the count.</summary>
    public bool IsWhole => _denominator == 1;

    /// <summary>The price of so many units in USD, as far as decimal can hold it.</summary>
    public decimal Usd(long units) => (decimal)_numerator * units / _denominator / Cost.PicoPerUsd;

    /// <summary>The cost of so many units, rounded once, half to even. Cannot overflow: both factors are Int64.</summary>
    public Int128 Of(long count)
    {
        var product = Math.BigMul(count, _numerator);
        return _denominator == 1 ? product : Divide(product, _denominator);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_numerator}/{_denominator} pico-USD");

    private static Int128 Divide(Int128 dividend, long divisor)
    {
        var (quotient, remainder) = Int128.DivRem(dividend, divisor);
        var twice = remainder * 2;
        return twice > divisor || (twice == divisor && Int128.IsOddInteger(quotient)) ? quotient + 1 : quotient;
    }

    private static Int128 GreatestCommonDivisor(Int128 left, Int128 right)
    {
        while (right != 0)
        {
            (left, right) = (right, left % right);
        }

        return left;
    }

    private static decimal Power(int digits)
    {
        var power = 1m;
        for (var i = 0; i < digits; i++)
        {
            power *= 10;
        }

        return power;
    }
}
