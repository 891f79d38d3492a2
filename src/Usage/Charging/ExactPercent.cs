using System.Numerics;

namespace LlmTelemetry.Usage;

/// <summary>Amounts with a percentage added, in whole numbers: nothing is rounded but the result.</summary>
internal static class ExactPercent
{
    private const int MaxScale = 28; // Of a decimal.

    private static readonly Int128[] PowersOfTen = MakePowersOfTen();

    /// <summary><c>pico x (1 + percent/100)</c>, rounded once, half to even.</summary>
    /// <exception cref="OverflowException">It does not fit in Int128.</exception>
    public static Int128 Add(Int128 pico, decimal percent)
    {
        Span<int> bits = stackalloc int[4];
        _ = decimal.GetBits(percent, bits);
        var magnitude = new Int128((uint)bits[2], ((ulong)(uint)bits[1] << 32) | (uint)bits[0]);

        // As a fraction: 12.5 % more is 1125/1000.
        var whole = PowersOfTen[percent.Scale + 2];
        var factor = whole + (decimal.IsNegative(percent) ? -magnitude : magnitude);
        var fits = Int128.LeadingZeroCount(Int128.Abs(pico)) + Int128.LeadingZeroCount(Int128.Abs(factor)) > 128;
        return fits ? Divide(pico * factor, whole) : (Int128)Divide((BigInteger)pico * (BigInteger)factor, whole);
    }

    /// <summary>Rounded once, half to even.</summary>
    public static T Divide<T>(T amount, T by)
        where T : IBinaryInteger<T>
    {
        var (quotient, rest) = T.DivRem(amount, by);
        var twice = T.Abs(rest) + T.Abs(rest);
        var isUp = twice > by || (twice == by && T.IsOddInteger(quotient));
        return !isUp ? quotient : T.IsNegative(amount) ? quotient - T.One : quotient + T.One;
    }

    private static Int128[] MakePowersOfTen()
    {
        var powers = new Int128[MaxScale + 3];
        powers[0] = 1;
        for (var i = 1; i < powers.Length; i++)
        {
            powers[i] = powers[i - 1] * 10;
        }

        return powers;
    }
}
