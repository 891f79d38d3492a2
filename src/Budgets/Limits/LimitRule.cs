namespace LlmTelemetry.Budgets;

/// <summary>One limit, ready to be asked for each call.</summary>
internal sealed class LimitRule
{
    private readonly BudgetLimit _limit;
    private readonly string _series;
    private readonly KeyValuePair<BudgetScope, string>[] _only;

    // The same for every call: all calls have one counter.
    private readonly AppliedLimit? _global;

    /// <param name="limit">The limit, checked.</param>
    /// <param name="zone">The zone of days and months.</param>
    /// <param name="tierName">How the tiers of the options write a tier's name.</param>
    public LimitRule(BudgetLimit limit, TimeZoneInfo zone, Func<string, string> tierName)
    {
        _limit = limit;
        _series = CounterKeys.Series(limit, zone);
        _only = [.. limit.Only.Select(pair => pair.Key == BudgetScope.Tier ? new(pair.Key, tierName(pair.Value)) : pair)];
        _global = limit.Per == BudgetScope.Global ? new AppliedLimit(limit, new CounterKey(_series, "")) : null;
    }

    /// <summary>As it applies to a call; null: it does not.</summary>
    public AppliedLimit? Apply(in CallSubject call)
    {
        foreach (var (scope, value) in _only)
        {
            if (!string.Equals(CounterKeys.Value(scope, call), value, StringComparison.Ordinal))
            {
                return null;
            }
        }

        return _global ?? (CounterKeys.Subject(_limit.Per, call) is { } subject ? new AppliedLimit(_limit, new CounterKey(_series, subject)) : null);
    }
}
