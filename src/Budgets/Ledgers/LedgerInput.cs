namespace LlmTelemetry.Budgets;

/// <summary>What every ledger refuses before it does anything: what cannot be counted exactly, and holds that hold nothing or one counter twice.</summary>
internal static class LedgerInput
{
    /// <exception cref="ArgumentException">It is such a hold.</exception>
    public static void Check(HoldRequest request)
    {
        Check(request.Lines);
        if (request.Lines.Count == 0 || request.Lifetime <= TimeSpan.Zero || request.Lines.DistinctBy(line => line.Counter).Count() < request.Lines.Count)
        {
            throw new ArgumentException("A hold needs a lifetime, and at least one line, no counter twice.", nameof(request));
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">A charge is not one that can be counted.</exception>
    public static void Check(Settlement settlement)
    {
        foreach (var (line, amount, pico) in settlement.Lines)
        {
            Check(line);
            if (amount < 0 || pico is < 0 or >= AmountMath.PicoPerNano)
            {
                throw new ArgumentOutOfRangeException(nameof(settlement), settlement, $"What {line.Counter} is charged must not be negative, and its pico-USD from 0 to 999.");
            }
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">A line is not one that can be counted exactly.</exception>
    public static void Check(IReadOnlyList<LedgerLine> lines)
    {
        foreach (var line in lines)
        {
            Check(line);
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">No limit can be so much.</exception>
    public static void Check(string limit, LedgerOverride? value)
    {
        if (value?.Limit is < 0 or > AmountMath.Most)
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, $"What {limit} is overridden with must be from 0 to 2^53.");
        }
    }

    private static void Check(in LedgerLine line)
    {
        if (line.Amount is < 0 or > AmountMath.Most || line.Limit is < 0 or > AmountMath.Most)
        {
            throw new ArgumentOutOfRangeException(nameof(line), line, $"Limit and amount of {line.Counter} must be from 0 to 2^53.");
        }

        if (line.Span.Kind == SpanKind.Sliding && line.Span.Length <= 0)
        {
            throw new ArgumentOutOfRangeException(nameof(line), line, $"The window of {line.Counter} must be longer than nothing.");
        }
    }
}
