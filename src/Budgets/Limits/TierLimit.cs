namespace LlmTelemetry.Budgets;

/// <summary>A limit that tiers set: one name whatever the tier, so that what a user used stays when the tier changes.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Unit">What it counts.</param>
/// <param name="Window">Over what time.</param>
/// <param name="Setting">The property of <see cref="BudgetTier"/> that it comes from.</param>
/// <param name="Amount">What a tier sets it to; null: unlimited.</param>
/// <param name="Per">Whom each has it for itself.</param>
internal sealed record TierLimit(
    string Name, BudgetUnit Unit, BudgetWindow Window, string Setting, Func<BudgetTier, decimal?> Amount, BudgetScope Per = BudgetScope.User)
{
    /// <summary>Starts their names, and no others.</summary>
    public const string Prefix = "tier.";

    /// <summary>All that a tier can set.</summary>
    public static IReadOnlyList<TierLimit> All { get; } =
    [
        new(Prefix + "requests_per_minute", BudgetUnit.Requests, BudgetWindow.Minute, nameof(BudgetTier.RequestsPerMinute), static tier => tier.RequestsPerMinute),
        new(Prefix + "requests_per_day", BudgetUnit.Requests, BudgetWindow.Day, nameof(BudgetTier.RequestsPerDay), static tier => tier.RequestsPerDay),
        new(Prefix + "requests_per_month", BudgetUnit.Requests, BudgetWindow.Month, nameof(BudgetTier.RequestsPerMonth), static tier => tier.RequestsPerMonth),
        new(Prefix + "tokens_per_hour", BudgetUnit.Tokens, BudgetWindow.Hour, nameof(BudgetTier.TokensPerHour), static tier => tier.TokensPerHour),
        new(Prefix + "tokens_per_day", BudgetUnit.Tokens, BudgetWindow.Day, nameof(BudgetTier.TokensPerDay), static tier => tier.TokensPerDay),
        new(Prefix + "tokens_per_month", BudgetUnit.Tokens, BudgetWindow.Month, nameof(BudgetTier.TokensPerMonth), static tier => tier.TokensPerMonth),
        new(Prefix + "usd_per_day", BudgetUnit.Usd, BudgetWindow.Day, nameof(BudgetTier.UsdPerDay), static tier => tier.UsdPerDay),
        new(Prefix + "usd_per_month", BudgetUnit.Usd, BudgetWindow.Month, nameof(BudgetTier.UsdPerMonth), static tier => tier.UsdPerMonth),
        new(
            Prefix + "session_length",
            BudgetUnit.SessionSeconds,
            BudgetWindow.Session,
            nameof(BudgetTier.SessionLength),
            static tier => tier.SessionLength is { } length ? (decimal)length.Ticks / TimeSpan.TicksPerSecond : null,
            BudgetScope.User | BudgetScope.Session),
        new(
            Prefix + "tool_calls_per_session",
            BudgetUnit.ToolCalls,
            BudgetWindow.Session,
            nameof(BudgetTier.ToolCallsPerSession),
            static tier => tier.ToolCallsPerSession,
            BudgetScope.User | BudgetScope.Session),
    ];

    /// <summary>A tier that sets this limit, and the others as it did.</summary>
    public static BudgetTier With(BudgetTier tier, string name, decimal? amount) => All.First(limit => limit.Name == name).Setting switch
    {
        nameof(BudgetTier.RequestsPerMinute) => tier with { RequestsPerMinute = (long?)amount },
        nameof(BudgetTier.RequestsPerDay) => tier with { RequestsPerDay = (long?)amount },
        nameof(BudgetTier.RequestsPerMonth) => tier with { RequestsPerMonth = (long?)amount },
        nameof(BudgetTier.TokensPerHour) => tier with { TokensPerHour = (long?)amount },
        nameof(BudgetTier.TokensPerDay) => tier with { TokensPerDay = (long?)amount },
        nameof(BudgetTier.TokensPerMonth) => tier with { TokensPerMonth = (long?)amount },
        nameof(BudgetTier.UsdPerDay) => tier with { UsdPerDay = amount },
        nameof(BudgetTier.UsdPerMonth) => tier with { UsdPerMonth = amount },
        nameof(BudgetTier.SessionLength) => tier with { SessionLength = amount is { } seconds ? TimeSpan.FromSeconds((double)seconds) : null },
        _ => tier with { ToolCallsPerSession = (long?)amount },
    };

    /// <summary>As a limit, with the tier's amount; of no tier: without one.</summary>
    public BudgetLimit Of(BudgetTier? tier = null) => new(Name, Unit, tier is null ? null : Amount(tier), Window, Per);
}
