namespace LlmTelemetry.Budgets;

/// <summary>What is kept of one counter. Changed by one decision at a time, which holds the ledger's lock or transaction.</summary>
internal sealed class CounterRow
{
    // So that what orders rows by it changes once a minute, and not with every call.
    private const long KeptTo = 60_000;

    /// <summary>What was used, the oldest first: few, since those that stopped counting go.</summary>
    public List<CounterSlot> Slots { get; init; } = [];

    /// <summary>What live holds may still use; from 0 to 2^53.</summary>
    public long Held { get; private set; }

    /// <summary>When all that is held has been let go, at the latest; 0: nothing is.</summary>
    public long HeldUntil { get; private set; }

    /// <summary>When the first hold was, of a session's age; null: none yet.</summary>
    public long? FirstAt { get; private set; }

    /// <summary>The highest percentage warned of, and of which period: a calendar's start, otherwise the moment.</summary>
    public (int Percent, long At) Warned { get; private set; }

    /// <summary>When it may be forgotten.</summary>
    public long KeptUntil { get; private set; }

    public static CounterRow Restore(List<CounterSlot> slots, (long Held, long Until) held, long? firstAt, (int Percent, long At) warned, long keptUntil) =>
        new() { Slots = slots, Held = held.Held, HeldUntil = held.Until, FirstAt = firstAt, Warned = warned, KeptUntil = keptUntil };

    /// <summary>What counts now, of a session's age the seconds.</summary>
    public (long Used, int Pico) Used(in LedgerSpan span, long now)
    {
        if (span.Kind == SpanKind.SessionAge)
        {
            return (FirstAt is { } first ? Math.Clamp((now - first) / 1000, 0, AmountMath.Most) : 0, 0);
        }

        Int128 total = 0;
        foreach (var slot in Slots)
        {
            total += span.Counts(slot, now) ? slot.TotalPico : 0;
        }

        return AmountMath.Split(total);
    }

    public int WarnedIn(in LedgerSpan span, long now) => span.Kind switch
    {
        SpanKind.Calendar => Warned.At == span.Start ? Warned.Percent : 0,
        SpanKind.Sliding => now < Warned.At + span.Length ? Warned.Percent : 0,
        _ => Warned.Percent,
    };

    public void Warn(in LedgerSpan span, int percent, long now)
    {
        Warned = (percent, span.Kind == SpanKind.Calendar ? span.Start : now);
        Touch(span, now);
    }

    /// <summary>Holds an amount. Returns how much of it: where nothing limits it, held stops at 2^53 as used does.</summary>
    public long Hold(in LedgerSpan span, long amount, long now, long deadline)
    {
        Touch(span, now);
        if (span.Kind == SpanKind.SessionAge)
        {
            FirstAt ??= now;
            return 0;
        }

        HeldUntil = Math.Max(HeldUntil, deadline);
        Keep(deadline);
        amount = Math.Min(amount, AmountMath.Most - Held);
        Held += amount;
        return amount;
    }

    /// <summary>Lets go what <see cref="Hold"/> said that it held: nothing where the counter was forgotten meanwhile and began anew.</summary>
    public void Release(long amount)
    {
        Held = Math.Max(0, Held - amount);
        HeldUntil = Held == 0 ? 0 : HeldUntil;
    }

    public void Charge(in LedgerSpan span, in CounterSlot into, long amount, int pico, long now)
    {
        Touch(span, now);
        var start = into.Start;
        var at = Slots.FindIndex(slot => slot.Start >= start);
        if (at < 0 || Slots[at].Start != start)
        {
            at = at < 0 ? Slots.Count : at;
            Slots.Insert(at, into);
        }

        var (used, rest) = AmountMath.Split(Slots[at].TotalPico + ((Int128)amount * AmountMath.PicoPerNano) + pico);
        Slots[at] = Slots[at] with { Used = used, Pico = rest };
    }

    /// <summary>As if nothing had been used. What is held stays.</summary>
    public void Reset()
    {
        Slots.Clear();
        FirstAt = null;
        Warned = default;
    }

    private void Touch(in LedgerSpan span, long now)
    {
        Keep(span.KeptUntil(now));
        var kept = span;

        // A calendar's last period stays for a clock that is set back.
        Slots.RemoveAll(slot => kept.Kind == SpanKind.Calendar ? slot.Ends < kept.Start : !kept.Counts(slot, now));
    }

    private void Keep(long until) => KeptUntil = Math.Max(KeptUntil, (until + KeptTo - 1) / KeptTo * KeptTo);
}
