using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>The limits of one version of the options, checked; finds those that apply to a call. Immutable: a change of options makes another one.</summary>
internal sealed class LimitSet
{
    private readonly LimitRule[] _own;
    private readonly Dictionary<string, Tier> _tiers = new(StringComparer.OrdinalIgnoreCase);

    private LimitSet(BudgetOptions options, TimeZoneInfo timeZone)
    {
        // What no tier limits is not counted: most applications use two or three of the ten.
        TierLimit[] used = [.. TierLimit.All.Where(limit => options.Tiers.Values.Any(tier => limit.Amount(tier) is not null))];
        foreach (var (name, tier) in options.Tiers)
        {
            _tiers[name] = new Tier(name, [.. used.Select(limit => new LimitRule(limit.Of(tier), timeZone, TierName))]);
        }

        _own = [.. options.Limits.Select(limit => new LimitRule(limit, timeZone, TierName))];
        All = [.. options.Limits, .. used.Select(static limit => limit.Of())];
        NeedsTier = used.Length > 0 || options.Limits.Any(static limit => (limit.Per & BudgetScope.Tier) != 0 || limit.Only.ContainsKey(BudgetScope.Tier));
        Calendar = new BudgetCalendar(timeZone);
    }

    /// <exception cref="ArgumentException">A limit or tier is wrong; names the setting, the value and what would be right.</exception>
    public static LimitSet Of(BudgetOptions options, TimeZoneInfo timeZone)
    {
        LimitChecks.Check(options);
        return new LimitSet(options, timeZone);
    }

    /// <summary>
    /// All limits, tiers' included: what is announced. A tier's limit is here once, without an amount (<see cref="TierLimit"/> knows each tier's), and only where some tier
    /// limits it: then it counts for the users of all tiers, so that a change of tier, or an override for one user, finds what was used.
    /// </summary>
    public IReadOnlyList<BudgetLimit> All { get; }

    /// <summary>Whether it matters of which tier a call is.</summary>
    public bool NeedsTier { get; }

    /// <summary>The periods of its windows.</summary>
    public BudgetCalendar Calendar { get; }

    /// <summary>Those that apply, each counter once.</summary>
    public IReadOnlyList<AppliedLimit> For(in CallSubject subject)
    {
        LimitRule[] ofTier = [];
        var call = subject;
        if (!string.IsNullOrEmpty(subject.Tier) && _tiers.TryGetValue(subject.Tier, out var tier))
        {
            // One tier, one counter, however the scope writes it.
            call = subject with { Tier = tier.Name };
            ofTier = tier.Rules;
        }

        if (_own.Length + ofTier.Length == 0)
        {
            return [];
        }

        var applied = new List<AppliedLimit>(_own.Length + ofTier.Length);
        Add(_own, call, applied);
        Add(ofTier, call, applied);
        return applied;
    }

    private static void Add(LimitRule[] rules, in CallSubject call, List<AppliedLimit> applied)
    {
        foreach (var rule in rules)
        {
            if (rule.Apply(call) is { } limit)
            {
                applied.Add(limit);
            }
        }
    }

    private string TierName(string tier) => _tiers.TryGetValue(tier, out var known) ? known.Name : tier;

    private sealed record Tier(string Name, LimitRule[] Rules);
}

/// <summary>What limits a call may fall under.</summary>
/// <param name="Attribution">Whom it is attributed to.</param>
/// <param name="Provider">Its provider; null: not known.</param>
/// <param name="Model">The model asked for; null: not known.</param>
/// <param name="Tier">The user's tier, after the callback and the default; null: none.</param>
internal readonly record struct CallSubject(Attribution Attribution, string? Provider = null, string? Model = null, string? Tier = null);

/// <summary>A limit as it applies to one subject.</summary>
/// <param name="Limit">The limit; a tier's has the tier's amount.</param>
/// <param name="Counter">What it counts in.</param>
internal sealed record AppliedLimit(BudgetLimit Limit, CounterKey Counter)
{
    /// <summary>What a ledger is told.</summary>
    public LedgerLine Line(BudgetCalendar calendar, long now, long amount = 0, bool isShadow = false) => new(
        Counter, calendar.SpanOf(Limit, now), Limit.Amount is { } most ? Limit.Unit.ToLedger(most) : null, amount, isShadow || Limit.Shadow);

    /// <summary>What people are told.</summary>
    public BudgetState State(in LineState line) => new(
        Limit.Name,
        Limit.Unit,
        Limit.Window,
        Limit.Per,
        Counter.Subject,
        line.Limit is { } most ? Limit.Unit.FromLedger(most) : null,
        Limit.Unit.FromLedger(line.Used, line.UsedPico),
        Limit.Unit.FromLedger(line.Held),
        line.ResetsAt is { } reset ? DateTimeOffset.FromUnixTimeMilliseconds(reset) : null);
}
