namespace LlmTelemetry.Budgets;

/// <summary>What one limit counts for one subject.</summary>
/// <param name="Series">Limit, unit and window with its zone: <c>daily|usd|day@Europe/Berlin</c>. A limit that changes one of them counts anew.</param>
/// <param name="Subject">Whose; empty: all calls.</param>
internal readonly record struct CounterKey(string Series, string Subject)
{
    /// <summary>The limit's name: what overrides are kept by.</summary>
    public string Limit => Series[..Series.IndexOf('|', StringComparison.Ordinal)];
}

/// <summary>How a counter's time runs; milliseconds since 1970 by the store's clock.</summary>
/// <param name="Kind">Which of the others hold.</param>
/// <param name="Start">Calendar: the period's start.</param>
/// <param name="End">Calendar: its end. The ledger answers <see cref="LedgerStatus.OtherPeriod"/> unless its clock is in it.</param>
/// <param name="Length">Sliding: how long. It is counted in steps of a sixtieth, rounded up: a step counts until all of it has passed.</param>
internal readonly record struct LedgerSpan(SpanKind Kind, long Start = 0, long End = 0, long Length = 0);

/// <summary>See <see cref="LedgerSpan"/>.</summary>
internal enum SpanKind
{
    Calendar,
    Sliding,

    /// <summary>Never resets; forgotten two days after it was last used.</summary>
    Session,

    /// <summary>Used is how many seconds ago the counter's first hold was. Amounts are not added. A line with amount 1 is refused at the limit.</summary>
    SessionAge,
}

/// <summary>One limit in a decision.</summary>
/// <param name="Counter">What is counted.</param>
/// <param name="Span">Its time.</param>
/// <param name="Limit">The most; null: unlimited. At most 2^53.</param>
/// <param name="Amount">What to hold: not negative, at most 2^53.</param>
/// <param name="IsShadow">Whether it is counted and never refuses.</param>
internal readonly record struct LedgerLine(CounterKey Counter, LedgerSpan Span, long? Limit, long Amount = 0, bool IsShadow = false);

/// <summary>Asks for room.</summary>
/// <param name="Id">The hold's own id.</param>
/// <param name="Lifetime">After so long it stops counting by itself.</param>
/// <param name="Lines">The limits: at least one, no counter twice.</param>
internal sealed record HoldRequest(Guid Id, TimeSpan Lifetime, IReadOnlyList<LedgerLine> Lines);

/// <summary>What one counter is charged.</summary>
/// <param name="Line">The counter; its amount is nobody's here.</param>
/// <param name="Amount">What was used, in the unit's smallest part; not negative.</param>
/// <param name="Pico">For USD: the pico-USD below the nano, 0 to 999. They carry.</param>
internal readonly record struct ChargeLine(LedgerLine Line, long Amount, int Pico = 0);

/// <summary>Ends a hold, or charges without one.</summary>
/// <param name="Id">The hold's id, or an id of its own.</param>
/// <param name="Lines">What to charge. A counter that was held and is not here is released only.</param>
/// <param name="Hold">What is known of the hold.</param>
/// <param name="IsRetry">Whether it was sent before, with an answer that nobody heard.</param>
/// <param name="StartedAgo">How long ago the call was admitted: where a charge without a hold counts in a sliding window.</param>
/// <param name="EndedAgo">How long ago the call ended: in which calendar period it counts. One that is over already is charged nowhere.</param>
internal sealed record Settlement(
    Guid Id, IReadOnlyList<ChargeLine> Lines, HoldKnown Hold, bool IsRetry = false, TimeSpan StartedAgo = default, TimeSpan EndedAgo = default);

/// <summary>What the caller knows of the hold that it settles.</summary>
internal enum HoldKnown
{
    /// <summary>It was admitted. Not found: at the first try the store lost it, and it is charged; at a retry the earlier try settled it, and nothing is done.</summary>
    Placed,

    /// <summary>There is none, or it is not known whether there is: charged in any case, and the id is remembered for <see cref="IBudgetLedger.Grace"/>.</summary>
    Unknown,
}

/// <summary>A limit said at run time.</summary>
/// <param name="Limit">The most, in the unit's smallest part; null: unlimited.</param>
internal readonly record struct LedgerOverride(long? Limit);
