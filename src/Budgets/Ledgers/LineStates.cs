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
            isOver ? FreeAt(rows, row, line, limit!.Value, now, own) : null,
            ResetsAt(row, line.Span, now));
    }

    private static long? Limit(ILedgerRows rows, in LedgerLine line, long now) =>
        (rows.Override(line.Counter.Limit, line.Counter.Subject, now) ?? rows.Override(line.Counter.Limit, null, now)) is { } said ? said.Limit : line.Limit;

    // What was used goes with its time and what is held with its deadline, whatever is settled: the first moment at which enough of both is gone.
    private static long? FreeAt(ILedgerRows rows, CounterRow row, in LedgerLine line, long limit, long now, HeldCall? own)
    {
        if (line.Span.Kind == SpanKind.SessionAge || line.Amount > limit)
        {
            return null;
        }

        Int128 used = 0;
        var held = 0L;
        var going = new List<(long At, Int128 Used, long Held)>();
        foreach (var slot in row.Slots)
        {
            if (line.Span.Counts(slot, now))
            {
                used += slot.TotalPico;
                going.Add((slot.Ends, slot.TotalPico, 0));
            }
        }

        foreach (var hold in rows.HoldsOn(line.Counter))
        {
            if (hold.IsLive && hold.Id != own?.Id)
            {
                var amount = hold.AmountOn(line.Counter);
                held += amount;
                going.Add((hold.Deadline, 0, amount));
            }
        }

        foreach (var part in going.OrderBy(part => part.At))
        {
            used -= part.Used;
            held -= part.Held;
            if (part.At < long.MaxValue && AmountMath.Split(used).Used + held + line.Amount <= limit)
            {
                return part.At;
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
                    last = Math.Max(last, slot.Ends);
                }

                return last;
            default:
                return null;
        }
    }
}
