namespace LlmTelemetry.Budgets;

/// <summary>What an embedded ledger keeps, as <see cref="LedgerDecisions"/> asks for it and writes it back, all within one step.</summary>
internal interface ILedgerRows
{
    /// <summary>A counter; null: there is none. What is changed in it counts once it is put back.</summary>
    CounterRow? Counter(CounterKey key);

    void Put(CounterKey key, CounterRow row);

    void Remove(CounterKey key);

    /// <summary>A hold, live or expired; null: there is none.</summary>
    HeldCall? Hold(Guid id);

    /// <summary>Adds a hold, or replaces the one of the same id.</summary>
    void Put(HeldCall hold);

    void Remove(HeldCall hold);

    /// <summary>The live holds whose deadline has come, the earliest first.</summary>
    IReadOnlyList<HeldCall> Due(long now);

    /// <summary>All holds that have a line of one of the counters.</summary>
    IReadOnlyList<HeldCall> HoldsOn(IReadOnlySet<CounterKey> keys);

    /// <summary>Until when an id is remembered as settled; null: it is not.</summary>
    long? SettledUntil(Guid id);

    void PutSettled(Guid id, long until);

    /// <summary>The override of one subject, or of all (null); null: there is none.</summary>
    LedgerOverride? Override(string limit, string? subject, long now);
}
