using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>Lists where limits stand: those of this process, and those that others announced.</summary>
internal sealed class LimitLists(BudgetGuard guard)
{
    /// <summary>Of how many subjects of a limit the fullest are found.</summary>
    public const int MostSubjects = 10_000;

    /// <inheritdoc cref="BudgetGuard.ListAsync"/>
    public async Task<IReadOnlyList<BudgetState>> ListAsync(string? limit, int max, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(max);
        var known = await KnownAsync(cancellationToken).ConfigureAwait(false);
        var overrides = await OverridesAsync(cancellationToken).ConfigureAwait(false);
        var states = new List<BudgetState>();
        foreach (var one in limit is null ? known.All : [known.Find(limit)])
        {
            var (top, _) = await ListAsync(one, overrides, max, cancellationToken).ConfigureAwait(false);
            states.AddRange(top);
        }

        return states;
    }

    /// <summary>The limits that are known now.</summary>
    public async Task<KnownLimits> KnownAsync(CancellationToken cancellationToken)
    {
        var settings = guard.Settings;
        var announced = await CallAsync((ledger, _) => ledger.AnnouncedAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        return KnownLimits.Of(KnownLimit.Of(settings.Options, settings.Limits), announced, settings.Options.TimeProvider.GetUtcNow());
    }

    /// <summary>All overrides.</summary>
    public Task<IReadOnlyList<(string Limit, string? Subject, LedgerOverride Value)>> OverridesAsync(CancellationToken cancellationToken) =>
        CallAsync((ledger, _) => ledger.OverridesAsync(cancellationToken), cancellationToken);

    /// <summary>Where one limit stands: the fullest subjects, the fullest first, and the others in no order.</summary>
    public async Task<(IReadOnlyList<BudgetState> Top, IReadOnlyList<BudgetState> Others)> ListAsync(
        KnownLimit known, IReadOnlyList<(string Limit, string? Subject, LedgerOverride Value)> overrides, int max, CancellationToken cancellationToken)
    {
        var named = overrides.Where(said => said.Limit == known.Limit.Name && said.Subject is not null).Select(said => said.Subject!).ToHashSet(StringComparer.Ordinal);
        var subjects = await SubjectsAsync(known, named, Math.Max(max, MostSubjects), cancellationToken).ConfigureAwait(false);
        var states = await ReadAsync(known, [.. subjects.Select(subject => known.For(subject, tier: null))], cancellationToken).ConfigureAwait(false);
        var used = states.Where(state => state.Used > 0 || state.Held > 0 || named.Contains(state.Subject) || (state.Subject.Length == 0 && known.IsCurrent));
        if (!known.IsOfTiers)
        {
            var ordered = used.OrderByDescending(Share).ThenByDescending(state => state.Used).ThenBy(state => state.Subject, StringComparer.Ordinal).ToArray();
            return (ordered[..Math.Min(max, ordered.Length)], ordered[Math.Min(max, ordered.Length)..]);
        }

        // A user's amount is the tier's, and to know that may mean to ask the application: only for those that are listed.
        var most = used.OrderByDescending(state => state.Used).ThenBy(state => state.Subject, StringComparer.Ordinal).ToArray();
        var again = await ReadOfTiersAsync(known, [.. most.Take(max).Select(state => state.Subject)], overrides, cancellationToken).ConfigureAwait(false);
        return ([.. again.OrderByDescending(Share).ThenByDescending(state => state.Used).ThenBy(state => state.Subject, StringComparer.Ordinal)], [.. most.Skip(max)]);
    }

    /// <summary>Where one subject of a limit stands.</summary>
    /// <exception cref="ArgumentException">There is no such limit, or the subject is none of it.</exception>
    public async Task<BudgetState> StateAsync(string limit, string subject, CancellationToken cancellationToken)
    {
        var known = (await KnownAsync(cancellationToken).ConfigureAwait(false)).Find(limit);
        subject = known.Subject(subject);
        var overrides = await OverridesAsync(cancellationToken).ConfigureAwait(false);
        return (known.IsOfTiers
            ? await ReadOfTiersAsync(known, [subject], overrides, cancellationToken).ConfigureAwait(false)
            : await ReadAsync(known, [known.For(subject, tier: null)], cancellationToken).ConfigureAwait(false))[0];
    }

    private static decimal Share(BudgetState state) =>
        state.Limit is not { } limit ? -1 : limit == 0 ? decimal.MaxValue : (state.Used + state.Held) / limit;

    private async Task<IReadOnlyCollection<string>> SubjectsAsync(KnownLimit known, HashSet<string> named, int max, CancellationToken cancellationToken)
    {
        if (known.Limit.Per == BudgetScope.Global)
        {
            return [""];
        }

        var subjects = await CallAsync((ledger, _) => ledger.SubjectsAsync(known.Series, max, cancellationToken), cancellationToken).ConfigureAwait(false);
        return [.. named.Union(subjects, StringComparer.Ordinal)];
    }

    private async Task<IReadOnlyList<BudgetState>> ReadOfTiersAsync(
        KnownLimit known, IReadOnlyList<string> subjects, IReadOnlyList<(string Limit, string? Subject, LedgerOverride Value)> overrides, CancellationToken cancellationToken)
    {
        var limits = new AppliedLimit[subjects.Count];
        var unknown = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < limits.Length; i++)
        {
            var tier = await TierAsync(known, subjects[i], cancellationToken).ConfigureAwait(false);
            limits[i] = known.For(subjects[i], tier);
            if ((tier ?? known.DefaultTier) is null)
            {
                unknown.Add(subjects[i]);
            }
        }

        // An override holds whatever the tier is.
        foreach (var said in overrides.Where(said => said.Limit == known.Limit.Name))
        {
            if (said.Subject is null)
            {
                unknown.Clear();
            }
            else
            {
                unknown.Remove(said.Subject);
            }
        }

        var states = await ReadAsync(known, limits, cancellationToken).ConfigureAwait(false);
        return [.. states.Select(state => unknown.Contains(state.Subject) ? state with { IsLimitKnown = false } : state)];
    }

    private async Task<string?> TierAsync(KnownLimit known, string subject, CancellationToken cancellationToken)
    {
        var at = known.Limit.Per.Each().TakeWhile(scope => scope != BudgetScope.User).Count();
        var user = ScopeWords.Values(subject).ElementAtOrDefault(at);
        return user is null ? null : (await guard.ResolveAsync(new CallSubject(new Attribution(User: user)), cancellationToken).ConfigureAwait(false)).Tier;
    }

    private Task<IReadOnlyList<BudgetState>> ReadAsync(KnownLimit known, IReadOnlyList<AppliedLimit> limits, CancellationToken cancellationToken) =>
        guard.Store.ReadAsync(limits, known.Calendar, guard.Options.StoreTimeout, cancellationToken);

    private Task<T> CallAsync<T>(Func<IBudgetLedger, long, Task<T>> ask, CancellationToken cancellationToken) =>
        guard.Store.CallAsync(ask, guard.Options.StoreTimeout, cancellationToken);
}
