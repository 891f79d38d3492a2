using System.Buffers.Binary;

namespace LlmTelemetry.Budgets;

/// <summary>Lines as the scripts read them: one packed text for all (lines_of in ledger.lua).</summary>
internal static class RedisLines
{
    private const int Size = 2 + (6 * sizeof(double));
    private const double Unlimited = -1;

    /// <exception cref="ArgumentException">A line is not one that can be counted exactly.</exception>
    public static byte[] Pack(IReadOnlyList<LedgerLine> lines)
    {
        var packed = new byte[lines.Count * Size];
        for (var i = 0; i < lines.Count; i++)
        {
            Pack(packed.AsSpan(i * Size), lines[i], Checked(lines[i]).Amount, pico: 0);
        }

        return packed;
    }

    /// <inheritdoc cref="Pack(IReadOnlyList{LedgerLine})"/>
    public static byte[] Pack(IReadOnlyList<ChargeLine> lines)
    {
        var packed = new byte[lines.Count * Size];
        for (var i = 0; i < lines.Count; i++)
        {
            var (line, amount, pico) = lines[i];
            ArgumentOutOfRangeException.ThrowIfNegative(amount, nameof(lines));
            if (pico is < 0 or > 999)
            {
                throw new ArgumentOutOfRangeException(nameof(lines), pico, $"The pico-USD of {line.Counter} must be from 0 to 999.");
            }

            Pack(packed.AsSpan(i * Size), Checked(line), Math.Min(amount, AmountMath.Most), pico);
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

    private static LedgerLine Checked(in LedgerLine line)
    {
        if (line.Amount is < 0 or > AmountMath.Most || line.Limit is < 0 or > AmountMath.Most)
        {
            throw new ArgumentOutOfRangeException(nameof(line), line, $"Limit and amount of {line.Counter} must be from 0 to 2^53.");
        }

        if (line.Span.Kind == SpanKind.Sliding && line.Span.Length <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(line), line, $"The window of {line.Counter} must be longer than nothing.");
        }

        return line;
    }
}
