namespace LlmTelemetry.Budgets;

/// <summary>One version of the options. Immutable, replaced as a whole.</summary>
/// <param name="Options">The options, copied.</param>
/// <param name="Limits">Their limits.</param>
internal sealed record GuardSettings(BudgetOptions Options, LimitSet Limits)
{
    /// <param name="options">The options.</param>
    /// <param name="zone">The zone of days and months where they say none; null: UTC.</param>
    /// <exception cref="ArgumentException">A setting is wrong; names it, its value and what would be right.</exception>
    public static GuardSettings Of(BudgetOptions options, TimeZoneInfo? zone = null)
    {
        var copy = options.Copy();
        return new GuardSettings(copy, LimitSet.Of(copy, copy.TimeZone ?? zone ?? TimeZoneInfo.Utc));
    }

    /// <summary>Whether nothing is refused, and only recorded.</summary>
    public bool IsShadow => Options.OnOverBudget == OverBudgetAction.Shadow;

    /// <summary>Whether the limit can refuse calls: one without an amount, or in shadow, never does.</summary>
    public bool Refuses(BudgetLimit limit) => !IsShadow && !limit.Shadow && limit.Amount is not null;

    /// <summary>What becomes of a limit's calls while the store cannot be asked.</summary>
    public StoreFailurePolicy OnStoreFailure(BudgetLimit limit) => limit.OnStoreFailure ?? Options.OnStoreFailure;
}
