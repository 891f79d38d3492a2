namespace LlmTelemetry.Budgets;

/// <summary>Reads where counters stand, many at once.</summary>
internal static class StoreReads
{
    // Each is one step of the store, in which nothing else happens there.
    private const int AtOnce = 256;

    /// <summary>Where they stand, in the order in which they are asked.</summary>
    public static async Task<IReadOnlyList<BudgetState>> ReadAsync(
        this StoreCalls store, IReadOnlyList<AppliedLimit> limits, BudgetCalendar calendar, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var states = new List<BudgetState>(limits.Count);
        foreach (var some in limits.Chunk(AtOnce))
        {
            var answer = await store.AskAsync(
                (ledger, now) => ledger.ReadAsync([.. some.Select(limit => limit.Line(calendar, now))], cancellationToken), timeout, cancellationToken).ConfigureAwait(false);
            states.AddRange(some.Select((limit, i) => limit.State(answer.Lines[i])));
        }

        return states;
    }
}
