namespace LlmTelemetry.Budgets;

/// <summary>Changes limits and what is counted, at run time and for all processes. Bad input changes nothing.</summary>
internal sealed class LimitChanges(BudgetGuard guard, LimitLists lists)
{
    // As good as all: an index of a store that is read whole, once in a user's life.
    private const int AllSubjects = int.MaxValue;

    /// <inheritdoc cref="BudgetGuard.ResetAsync"/>
    public async Task ResetAsync(string limit, string subject, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(subject);
        var known = await FindAsync(limit, cancellationToken).ConfigureAwait(false);
        var whose = known.Subject(subject);
        await CallAsync((ledger, now) => ledger.ResetAsync([known.For(whose, tier: null).Line(known.Calendar, now)], cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="BudgetGuard.SetLimitAsync"/>
    public async Task SetAsync(string limit, string? subject, decimal? amount, CancellationToken cancellationToken)
    {
        var known = await FindAsync(limit, cancellationToken).ConfigureAwait(false);
        var whose = Whose(known, subject);
        long? most = null;
        try
        {
            most = amount is { } said ? known.Limit.Unit.ToLedger(said) : null;
        }
        catch (ArgumentException cause)
        {
            throw new ArgumentException($"Limit '{known.Limit.Name}': {cause.Message}", nameof(amount), cause);
        }

        await OverrideAsync(known.Limit.Name, whose, new LedgerOverride(most), cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="BudgetGuard.ClearLimitAsync"/>
    public async Task ClearAsync(string limit, string? subject, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(limit);
        var limits = await lists.KnownAsync(cancellationToken).ConfigureAwait(false);
        if (limits.TryFind(limit, out var known))
        {
            await OverrideAsync(known.Limit.Name, Whose(known, subject), value: null, cancellationToken).ConfigureAwait(false);
            return;
        }

        // Of a limit that is gone an override may still be there.
        var overrides = await lists.OverridesAsync(cancellationToken).ConfigureAwait(false);
        if (!overrides.Any(said => said.Limit == limit))
        {
            throw limits.Unknown(limit);
        }

        await OverrideAsync(limit, string.IsNullOrEmpty(subject) ? null : subject, value: null, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc cref="BudgetGuard.EraseUserAsync"/>
    public async Task<(int Counters, int Overrides)> EraseUserAsync(string user, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(user);
        var limits = await lists.KnownAsync(cancellationToken).ConfigureAwait(false);
        var counters = new List<CounterKey>();
        foreach (var known in limits.All.Where(known => (known.Limit.Per & BudgetScope.User) != 0))
        {
            var subjects = known.Limit.Per == BudgetScope.User
                ? [ScopeWords.Subject(user)]
                : await CallAsync((ledger, _) => ledger.SubjectsAsync(known.Series, AllSubjects, cancellationToken), cancellationToken).ConfigureAwait(false);
            counters.AddRange(subjects.Where(subject => IsOf(known, subject, user)).Select(subject => new CounterKey(known.Series, subject)));
        }

        var overrides = await lists.OverridesAsync(cancellationToken).ConfigureAwait(false);
        var said = overrides.Where(one => one.Subject is { } subject && limits.TryFind(one.Limit, out var known) && IsOf(known, subject, user)).ToArray();
        foreach (var (limit, subject, _) in said)
        {
            await OverrideAsync(limit, subject, value: null, cancellationToken).ConfigureAwait(false);
        }

        var deleted = counters.Count == 0 ? 0 : await CallAsync((ledger, _) => ledger.DeleteAsync(counters, cancellationToken), cancellationToken).ConfigureAwait(false);
        return (deleted, said.Length);
    }

    private static bool IsOf(KnownLimit known, string subject, string user) =>
        known.Limit.Per.Each().Zip(ScopeWords.Values(subject)).Any(value => value.First == BudgetScope.User && value.Second == user);

    // Null: everybody's. Of a limit that all calls share that is the only one there is.
    private static string? Whose(KnownLimit known, string? subject)
    {
        if (subject is null || (subject.Length == 0 && known.Limit.Per == BudgetScope.Global))
        {
            return null;
        }

        return known.Subject(subject);
    }

    private async Task<KnownLimit> FindAsync(string limit, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(limit);
        return (await lists.KnownAsync(cancellationToken).ConfigureAwait(false)).Find(limit);
    }

    private Task<bool> OverrideAsync(string limit, string? subject, LedgerOverride? value, CancellationToken cancellationToken) => CallAsync(
        async (ledger, _) =>
        {
            await ledger.SetOverrideAsync(limit, subject, value, cancellationToken).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    private Task<T> CallAsync<T>(Func<IBudgetLedger, long, Task<T>> ask, CancellationToken cancellationToken) =>
        guard.Store.CallAsync(ask, guard.Options.StoreTimeout, cancellationToken);
}
