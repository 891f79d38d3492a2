namespace LlmTelemetry.Budgets;

/// <summary>How the parts of a counter's time follow from a <see cref="LedgerSpan"/>. Pure.</summary>
internal static class SpanTime
{
    private const int StepsPerWindow = 60;

    private static readonly long Skew = (long)TimeSpan.FromHours(1).TotalMilliseconds;

    // A period's counter stays for two days after it, a session's for two days after it was last used.
    private static readonly long Kept = (long)TimeSpan.FromDays(2).TotalMilliseconds;

    /// <summary>Whether the clock is not in the calendar's period that a line told.</summary>
    public static bool IsOther(this in LedgerSpan span, long now) => span.Kind == SpanKind.Calendar && (now < span.Start || now >= span.End);

    /// <summary>Where an amount counts; null: nowhere, since that has passed.</summary>
    /// <param name="span">The span.</param>
    /// <param name="now">The clock; in the period that a calendar's span tells.</param>
    /// <param name="admittedAt">When the call was admitted.</param>
    /// <param name="endedAt">When it ended.</param>
    public static CounterSlot? SlotOf(this in LedgerSpan span, long now, long admittedAt, long endedAt)
    {
        switch (span.Kind)
        {
            case SpanKind.Calendar:
                return endedAt >= span.Start ? new CounterSlot(span.Start, span.End) : null;
            case SpanKind.Sliding:
                var step = Step(span.Length);
                var start = admittedAt - (admittedAt % step);
                var ends = start + step + span.Length;
                return ends > now ? new CounterSlot(start, ends) : null;
            case SpanKind.Session:
                return new CounterSlot(0, long.MaxValue);
            default:
                return null;
        }
    }

    /// <summary>Whether a slot counts now. One from long after now is of a clock that was wrong.</summary>
    public static bool Counts(this in LedgerSpan span, in CounterSlot slot, long now) =>
        span.Kind == SpanKind.Calendar ? slot.Start == span.Start : slot.Ends > now && slot.Start <= now + Skew;

    /// <summary>Until when a counter is kept that is used now.</summary>
    public static long KeptUntil(this in LedgerSpan span, long now) => span.Kind switch
    {
        SpanKind.Calendar => span.End + Kept,
        SpanKind.Sliding => now + Step(span.Length) + span.Length,
        _ => now + Kept,
    };

    private static long Step(long length) => (length + StepsPerWindow - 1) / StepsPerWindow;
}
