using System.Buffers.Binary;

namespace LlmTelemetry.Budgets;

/// <summary>Lines as the scripts read them: one packed text for all (lines_of in ledger.lua).</summary>
internal static class RedisLines
{
    private const int Size = 2 + (6 * sizeof(double));
    private const double Unlimited = -1;

    public static byte[] Pack(IReadOnlyList<LedgerLine> lines)
    {
        var packed = new byte[lines.Count * Size];
        for (var i = 0; i < lines.Count; i++)
        {
            Pack(packed.AsSpan(i * Size), lines[i], lines[i].Amount, pico: 0);
        }

        return packed;
    }

    public static byte[] Pack(IReadOnlyList<ChargeLine> lines)
    {
        var packed = new byte[lines.Count * Size];
        for (var i = 0; i < lines.Count; i++)
        {
            var (line, amount, pico) = lines[i];
            Pack(packed.AsSpan(i * Size), line, Math.Min(amount, AmountMath.Most), pico);
        }

        return packed;
    }

    private static void Pack(Span<byte> to, in LedgerLine line, long amount, int pico)
    {
        to[0] = (byte)line.Span.Kind;
        to[1] = line.IsShadow ? (byte)1 : (byte)0;
        ReadOnlySpan<double> numbers = [line.Span.Start, line.Span.End, line.Span.Length, line.Limit ?? Unlimited, amount, pico];
        for (var i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(to[(2 + (i * sizeof(double)))..], numbers[i]);
        }
    }
}
