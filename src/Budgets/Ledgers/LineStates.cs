namespace LlmTelemetry.Budgets;

/// <summary>Says where the lines of a decision stand. Pure.</summary>
internal static class LineStates
{
    /// <param name="rows">What is kept.</param>
    /// <param name="lines">The lines.</param>
    /// <param name="now">The clock.</param>
    /// <param name="own">A hold whose amounts are the lines' own, so that they are not asked for twice; null: none.</param>
    public static LineState[] Of(ILedgerRows rows, IReadOnlyList<LedgerLine> lines, long now, HeldCall? own = null)
    {
        var states = new LineState[lines.Count];
        for (var i = 0; i < states.Length; i++)
        {
            states[i] = Of(rows, lines[i], now, own);
        }

        return states;
    }

    private static LineState Of(ILedgerRows rows, in LedgerLine line, long now, HeldCall? own)
    {
        var row = LedgerDecisions.Counter(rows, line.Counter, now) ?? new CounterRow();
        var (used, pico) = row.Used(line.Span, now);
        var limit = Limit(rows, line, now);
        var mine = own is { IsLive: true } ? own.AmountOn(line.Counter) : 0;

        // What was admitted stays admitted: only what is in shadow may be over and be held.
        var isOver = line.Amount > 0 && used + row.Held - mine + line.Amount > limit && (own is null || line.IsShadow);
        return new(
            limit,
            used,
            pico,
            row.Held,
            row.WarnedIn(line.Span, now),
            isOver,
            isOver ? FreeAt(row, line, limit!.Value, row.Held - mine, now) : null,
            ResetsAt(row, line.Span, now));
    }

    private static long? Limit(ILedgerRows rows, in LedgerLine line, long now) =>
        (rows.Override(line.Counter.Limit, line.Counter.Subject, now) ?? rows.Override(line.Counter.Limit, null, now)) is { } said ? said.Limit : line.Limit;

    // What was used goes with its time, and what is held has gone, whatever is settled, when the last hold is past its deadline.
    private static long? FreeAt(CounterRow row, in LedgerLine line, long limit, long held, long now)
    {
        if (line.Span.Kind == SpanKind.SessionAge)
        {
            return null;
        }

        var beside = UsedLeaves(row, line, limit - held, now);
        var after = UsedLeaves(row, line, limit, now) is { } free ? Math.Max(free, row.HeldUntil) : (long?)null;
        return beside < after ? beside : after;
    }

    // When what was used leaves room for a line's amount below some limit.
    private static long? UsedLeaves(CounterRow row, in LedgerLine line, long limit, long now)
    {
        Int128 used = 0;
        foreach (var slot in row.Slots)
        {
            used += line.Span.Counts(slot, now) ? slot.TotalPico : 0;
        }

        if (line.Amount <= limit - AmountMath.Split(used).Used)
        {
            return now;
        }

        foreach (var slot in row.Slots)
        {
            used -= line.Span.Counts(slot, now) ? slot.TotalPico : 0;
            if (line.Amount <= limit - AmountMath.Split(used).Used)
            {
                return slot.Ends < long.MaxValue ? slot.Ends : null;
            }
        }

        return null;
    }

    private static long? ResetsAt(CounterRow row, in LedgerSpan span, long now)
    {
        switch (span.Kind)
        {
            case SpanKind.Calendar:
                return span.End;
            case SpanKind.Sliding:
                var last = now;
                foreach (var slot in row.Slots)
                {
                    last = span.Counts(slot, now) ? Math.Max(last, slot.Ends) : last;
                }

                return last;
            default:
                return null;
        }
    }
}
