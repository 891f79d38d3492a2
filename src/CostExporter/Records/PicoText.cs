using System.Globalization;
using System.Numerics;
using System.Text;

namespace LlmTelemetry.CostExporter;

/// <summary>Amounts as JSON numbers of USD, with all their digits: 0.000003 is 3,000,000 pico-USD and comes back as that. No double in between.</summary>
internal static class PicoText
{
    private const int Digits = 12;
    private const int TickDigits = 7;

    // Far more than any amount has; a number of a million digits would take its time.
    private const int LongestNumber = 100;
    private const int MostExponent = 100;

    public static string Of(Int128 pico) => Write(pico, Digits);

    /// <summary>A time as seconds.</summary>
    public static string Of(TimeSpan time) => Write(time.Ticks, TickDigits);

    /// <summary>An amount of USD; what is below a pico-USD is rounded, half to even.</summary>
    /// <param name="number">A JSON number.</param>
    /// <param name="pico">The amount.</param>
    /// <returns>False: it fits no amount.</returns>
    public static bool TryRead(string number, out Int128 pico)
    {
        pico = 0;
        if (!TryScale(number, Digits, out var scaled) || scaled > Int128.MaxValue || scaled < Int128.MinValue)
        {
            return false;
        }

        pico = (Int128)scaled;
        return true;
    }

    /// <summary>Seconds; what is below 100 ns is rounded, half to even.</summary>
    public static bool TryRead(string number, out TimeSpan time)
    {
        time = default;
        if (!TryScale(number, TickDigits, out var ticks) || ticks > long.MaxValue || ticks < long.MinValue)
        {
            return false;
        }

        time = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    private static string Write(Int128 value, int digits)
    {
        var text = new StringBuilder(value.ToString(CultureInfo.InvariantCulture));
        var start = value < 0 ? 1 : 0;
        if (text.Length - start <= digits)
        {
            text.Insert(start, "0", digits + 1 - (text.Length - start));
        }

        text.Insert(text.Length - digits, '.');
        var end = text.Length;
        while (text[end - 1] == '0')
        {
            end--;
        }

        text.Length = text[end - 1] == '.' ? end - 1 : end;
        return text.ToString();
    }

    // The number times 10 to the digits, as a whole.
    private static bool TryScale(string number, int digits, out BigInteger scaled)
    {
        scaled = 0;
        var (mantissa, exponent) = (number, 0);
        if (number.AsSpan().IndexOfAny('e', 'E') is var at && at >= 0)
        {
            mantissa = number[..at];
            if (!int.TryParse(number.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
            {
                return false;
            }
        }

        if (mantissa.Length > LongestNumber || exponent is < -MostExponent or > MostExponent)
        {
            return false;
        }

        var point = mantissa.IndexOf('.', StringComparison.Ordinal);
        var whole = point < 0 ? mantissa : mantissa.Remove(point, 1);
        if (!BigInteger.TryParse(whole, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        var shift = digits + exponent - (point < 0 ? 0 : mantissa.Length - point - 1);
        scaled = shift >= 0 ? value * BigInteger.Pow(10, shift) : DivideHalfToEven(value, BigInteger.Pow(10, -shift));
        return true;
    }

    private static BigInteger DivideHalfToEven(BigInteger value, BigInteger divisor)
    {
        var quotient = BigInteger.DivRem(BigInteger.Abs(value), divisor, out var rest);
        var twice = rest * 2;
        quotient += twice > divisor || (twice == divisor && !quotient.IsEven) ? 1 : 0;
        return value.Sign < 0 ? -quotient : quotient;
    }
}
