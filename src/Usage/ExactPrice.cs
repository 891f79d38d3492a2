using System.Numerics;

namespace LlmTelemetry.Usage;

/// <summary>Amounts at a price that nobody has checked: any decimal, for any number of units. <see cref="Rate"/> is for the prices of a book, and faster.</summary>
internal static class ExactPrice
{
    /// <summary>What so many units cost in pico-USD, rounded once, half to even.</summary>
    /// <exception cref="OverflowException">It does not fit in Int128.</exception>
    public static Int128 Of(long count, decimal usd, long units)
    {
        Span<int> bits = stackalloc int[4];
        _ = decimal.GetBits(usd, bits);
        var digits = new UInt128((uint)bits[2], ((ulong)(uint)bits[1] << 32) | (uint)bits[0]);
        var amount = (BigInteger)digits * count * Cost.PicoPerUsd;
        return (Int128)ExactPercent.Divide(amount, BigInteger.Pow(10, usd.Scale) * units);
    }
}
