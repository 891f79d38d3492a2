namespace LlmTelemetry.Budgets;

/// <summary>A limit that is known here: of the options, or announced by another process.</summary>
/// <param name="Limit">The limit; a tier's without an amount.</param>
/// <param name="Calendar">The zone that it counts days and months in.</param>
internal sealed record KnownLimit(BudgetLimit Limit, BudgetCalendar Calendar)
{
    private static readonly Dictionary<string, decimal?> NoTiers = [];

    /// <summary>What it counts in, for all subjects.</summary>
    public string Series { get; } = CounterKeys.Series(Limit, Calendar.Zone);

    /// <summary>Of a tier's limit: each tier's amount, null: unlimited.</summary>
    public IReadOnlyDictionary<string, decimal?> Tiers { get; init; } = NoTiers;

    /// <summary>Of a tier's limit: the tier of users of whom nobody says one.</summary>
    public string? DefaultTier { get; init; }

    /// <summary>Whether some process has it: not only one that ended long ago, or whose options do not have it any more.</summary>
    public bool IsCurrent { get; init; } = true;

    public bool IsOfTiers => Limit.Name.StartsWith(TierLimit.Prefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>As it is for one subject.</summary>
    /// <param name="subject">Whose.</param>
    /// <param name="tier">The subject's tier, where it is known.</param>
    public AppliedLimit For(string subject, string? tier) => new(
        IsOfTiers && (tier ?? DefaultTier) is { } name && Tiers.TryGetValue(name, out var amount) ? Limit with { Amount = amount } : Limit, new CounterKey(Series, subject));

    /// <summary>The subject as calls count under it: also a '%' that nobody encoded is one.</summary>
    /// <exception cref="ArgumentException">The subject is none of this limit; says what one is.</exception>
    public string Subject(string subject)
    {
        var scopes = Limit.Per.Each().Count();
        var values = ScopeWords.Values(subject);
        if (values.Length != scopes)
        {
            throw new ArgumentException(scopes == 0
                ? $"Limit '{Limit.Name}' is for all calls together: it has no subject '{subject}'."
                : $"Limit '{Limit.Name}' is per {Limit.Per.Word()}: '{subject}' is no subject of it; write {string.Join('/', Limit.Per.Each().Select(scope => scope.Word().ToUpperInvariant()))}.");
        }

        return ScopeWords.Subject(values);
    }

    /// <summary>The limits of one version of the options.</summary>
    public static IEnumerable<KnownLimit> Of(BudgetOptions options, LimitSet limits) => limits.All.Select(limit => new KnownLimit(limit, limits.Calendar)
    {
        Tiers = TierLimit.All.FirstOrDefault(known => known.Name == limit.Name) is { } ofTiers
            ? options.Tiers.ToDictionary(tier => tier.Key, tier => ofTiers.Amount(tier.Value), StringComparer.OrdinalIgnoreCase)
            : NoTiers,
        DefaultTier = options.DefaultTier,
    });
}
