namespace LlmTelemetry.Budgets;

/// <summary>What a ledger answers.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="Now">The store's clock, in milliseconds since 1970.</param>
/// <param name="Expired">Of holds that passed their deadline and were let go on the way: how many of each counter that got something back. Each hold is said once.</param>
/// <param name="Lines">Where each line stands after it, in the order they were asked; empty with <see cref="LedgerStatus.OtherPeriod"/>.</param>
internal sealed record LedgerAnswer(LedgerStatus Status, long Now, IReadOnlyList<ExpiredHolds> Expired, IReadOnlyList<LineState> Lines);

/// <summary>See <see cref="LedgerAnswer"/>.</summary>
internal readonly record struct ExpiredHolds(CounterKey Counter, int Holds);

/// <summary>See <see cref="LedgerAnswer"/>.</summary>
internal enum LedgerStatus
{
    /// <summary>Held, charged or read.</summary>
    Done,

    /// <summary>At least one line that is not in shadow has no room: nothing is held.</summary>
    Refused,

    /// <summary>The store's clock is not in a calendar period that a line told; nothing was done but that holds past their deadlines were let go: ask again, by <see cref="LedgerAnswer.Now"/>.</summary>
    OtherPeriod,

    /// <summary>It was settled before, or there was nothing to settle: nothing was done.</summary>
    Known,
}

/// <summary>Where a counter stands.</summary>
/// <param name="Limit">What it may reach: the override's, else the line's; null: unlimited.</param>
/// <param name="Used">What was charged in the period, at most 2^53: there it stays.</param>
/// <param name="UsedPico">The pico-USD below the nano, 0 to 999.</param>
/// <param name="Held">What live holds may still use; never negative.</param>
/// <param name="Warned">The highest percentage warned of in this period; 0: none.</param>
/// <param name="IsOver">Whether it had no room for its line's amount (also where it is in shadow).</param>
/// <param name="FreeAt">
/// Where it is over: a moment of the store's clock at which there will be room even if nothing under way is settled, which is what time alone brings: what was used goes with
/// its time, and what is held at the latest when its holds are past their deadlines. Null: time alone does not bring it.
/// </param>
/// <param name="ResetsAt">When all that is used now has stopped counting, by the store's clock; null: never.</param>
internal readonly record struct LineState(long? Limit, long Used, int UsedPico, long Held, int Warned, bool IsOver, long? FreeAt, long? ResetsAt);
