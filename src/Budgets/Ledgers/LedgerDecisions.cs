namespace LlmTelemetry.Budgets;

/// <summary>What <see cref="IBudgetLedger"/> says, decided over rows: no I/O, no clock. Whoever calls it sees to it that each decision is one atomic step.</summary>
internal static class LedgerDecisions
{
    private static readonly long Grace = (long)IBudgetLedger.Grace.TotalMilliseconds;

    /// <summary>See <see cref="IBudgetLedger.HoldAsync"/>.</summary>
    public static LedgerAnswer Hold(ILedgerRows rows, HoldRequest request, long now)
    {
        LedgerInput.Check(request);
        var expired = LetGo(rows, now);
        if (IsOtherPeriod(request.Lines, now))
        {
            return OtherPeriod(now, expired);
        }

        if (rows.SettledUntil(request.Id) > now)
        {
            return new(LedgerStatus.Known, now, expired, LineStates.Of(rows, request.Lines, now));
        }

        if (Find(rows, request.Id, now) is { } same)
        {
            return new(LedgerStatus.Done, now, expired, LineStates.Of(rows, request.Lines, now, same));
        }

        var states = LineStates.Of(rows, request.Lines, now);
        if (IsRefused(request.Lines, states))
        {
            return new(LedgerStatus.Refused, now, expired, states);
        }

        Place(rows, request, states, now);
        return new(LedgerStatus.Done, now, expired, states);
    }

    /// <summary>See <see cref="IBudgetLedger.SettleAsync"/>.</summary>
    public static LedgerAnswer Settle(ILedgerRows rows, Settlement settlement, long now)
    {
        LedgerInput.Check(settlement);

        // A charge asks for no room.
        LedgerLine[] lines = [.. settlement.Lines.Select(charge => charge.Line with { Amount = 0 })];
        var expired = LetGo(rows, now);
        if (IsOtherPeriod(lines, now))
        {
            return OtherPeriod(now, expired);
        }

        var hold = Find(rows, settlement.Id, now);
        if (rows.SettledUntil(settlement.Id) > now || (hold is null && settlement is { Hold: HoldKnown.Placed, IsRetry: true }))
        {
            return new(LedgerStatus.Known, now, expired, LineStates.Of(rows, lines, now));
        }

        if (hold is not null)
        {
            Release(rows, hold);
            rows.Remove(hold);
        }

        // Of most calls only until their deadline, for the sake of space: later their ids can come again only as retries, which find nothing.
        rows.PutSettled(settlement.Id, hold is { IsLive: true } && settlement.Hold == HoldKnown.Placed ? hold.Deadline : now + Grace);
        var admittedAt = hold?.AdmittedAt ?? Before(now, settlement.StartedAgo);
        var endedAt = Before(now, settlement.EndedAgo);
        foreach (var charge in settlement.Lines)
        {
            Charge(rows, charge, now, admittedAt, endedAt);
        }

        return new(LedgerStatus.Done, now, expired, LineStates.Of(rows, lines, now));
    }

    /// <summary>See <see cref="IBudgetLedger.ReadAsync"/>.</summary>
    public static LedgerAnswer Read(ILedgerRows rows, IReadOnlyList<LedgerLine> lines, long now)
    {
        LedgerInput.Check(lines);
        var expired = LetGo(rows, now);
        return IsOtherPeriod(lines, now) ? OtherPeriod(now, expired) : new(LedgerStatus.Done, now, expired, LineStates.Of(rows, lines, now));
    }

    /// <summary>See <see cref="IBudgetLedger.ResetAsync"/>.</summary>
    public static int Reset(ILedgerRows rows, IReadOnlyList<LedgerLine> lines, long now)
    {
        var found = 0;
        foreach (var line in lines)
        {
            if (Counter(rows, line.Counter, now) is { } row)
            {
                row.Reset();
                rows.Put(line.Counter, row);
                found++;
            }
        }

        return found;
    }

    /// <summary>See <see cref="IBudgetLedger.ClaimWarningAsync"/>.</summary>
    public static bool ClaimWarning(ILedgerRows rows, LedgerLine line, int percent, long now)
    {
        var row = Counter(rows, line.Counter, now) ?? new CounterRow();
        if (line.Span.IsOther(now) || row.WarnedIn(line.Span, now) >= percent)
        {
            return false;
        }

        row.Warn(line.Span, percent, now);
        rows.Put(line.Counter, row);
        return true;
    }

    /// <summary>See <see cref="IBudgetLedger.DeleteAsync"/>.</summary>
    public static int Delete(ILedgerRows rows, IReadOnlyList<CounterKey> counters, long now)
    {
        var found = 0;
        foreach (var key in counters)
        {
            found += Counter(rows, key, now) is null ? 0 : 1;
            rows.Remove(key);
        }

        // Else they would give back to the counters that begin anew what those never held.
        var deleted = counters.ToHashSet();
        foreach (var hold in rows.HoldsOn(deleted))
        {
            rows.Put(hold with { Lines = [.. hold.Lines.Where(line => !deleted.Contains(line.Counter))] });
        }

        return found;
    }

    /// <summary>A counter that is not to be forgotten yet.</summary>
    public static CounterRow? Counter(ILedgerRows rows, CounterKey key, long now) => rows.Counter(key) is { } row && row.KeptUntil > now ? row : null;

    private static HeldCall? Find(ILedgerRows rows, Guid id, long now) => rows.Hold(id) is { } hold && hold.KeptUntil > now ? hold : null;

    private static bool IsOtherPeriod(IReadOnlyList<LedgerLine> lines, long now) => lines.Any(line => line.Span.IsOther(now));

    private static long Before(long now, TimeSpan ago) => now - Math.Max(0, (long)ago.TotalMilliseconds);

    private static LedgerAnswer OtherPeriod(long now, IReadOnlyList<ExpiredHolds> expired) => new(LedgerStatus.OtherPeriod, now, expired, []);

    private static bool IsRefused(IReadOnlyList<LedgerLine> lines, LineState[] states)
    {
        for (var i = 0; i < states.Length; i++)
        {
            if (states[i].IsOver && !lines[i].IsShadow)
            {
                return true;
            }
        }

        return false;
    }

    private static IReadOnlyList<ExpiredHolds> LetGo(ILedgerRows rows, long now)
    {
        var due = rows.Due(now);
        if (due.Count == 0)
        {
            return [];
        }

        foreach (var hold in due)
        {
            Release(rows, hold);
            rows.Put(hold with { IsLive = false });
        }

        return [.. due.SelectMany(static hold => hold.Lines).CountBy(static line => line.Counter).Select(static held => new ExpiredHolds(held.Key, held.Value))];
    }

    private static void Release(ILedgerRows rows, HeldCall hold)
    {
        if (!hold.IsLive)
        {
            return;
        }

        foreach (var line in hold.Lines)
        {
            // A counter is kept at least until the deadline of its last hold: where it is not there, that has passed.
            if (rows.Counter(line.Counter) is { } row)
            {
                row.Release(line.Amount);
                rows.Put(line.Counter, row);
            }
        }
    }

    private static void Place(ILedgerRows rows, HoldRequest request, LineState[] states, long now)
    {
        var deadline = now + (long)request.Lifetime.TotalMilliseconds;
        var held = new List<HeldLine>(request.Lines.Count);
        for (var i = 0; i < states.Length; i++)
        {
            var line = request.Lines[i];
            if (line.Amount == 0 && line.Span.Kind != SpanKind.SessionAge)
            {
                continue;
            }

            var row = Counter(rows, line.Counter, now) ?? new CounterRow();
            if (row.Hold(line.Span, line.Amount, now, deadline) is > 0 and var amount)
            {
                held.Add(new HeldLine(line.Counter, amount));
                states[i] = states[i] with { Held = row.Held };
            }

            rows.Put(line.Counter, row);
        }

        rows.Put(new HeldCall(request.Id, now, deadline, IsLive: true, held));
    }

    private static void Charge(ILedgerRows rows, in ChargeLine charge, long now, long admittedAt, long endedAt)
    {
        if ((charge.Amount == 0 && charge.Pico == 0) || charge.Line.Span.SlotOf(now, admittedAt, endedAt) is not { } slot)
        {
            return;
        }

        var row = Counter(rows, charge.Line.Counter, now) ?? new CounterRow();
        row.Charge(charge.Line.Span, slot, charge.Amount, charge.Pico, now);
        rows.Put(charge.Line.Counter, row);
    }
}
