namespace LlmTelemetry.Budgets;

/// <summary>Where one limit stands for one subject, by the store's clock.</summary>
/// <param name="Name">The limit's name.</param>
/// <param name="Unit">What it counts.</param>
/// <param name="Window">Over what time.</param>
/// <param name="Scope">Whom each has it for itself.</param>
/// <param name="Subject">Whose it is: <c>ada</c>; of several scopes <c>ada/gpt-5</c>; empty: all calls.</param>
/// <param name="Limit">How much may be used; null: unlimited, unless it is not known.</param>
/// <param name="Used">How much was used, and settled.</param>
/// <param name="Held">How much the calls under way may use at most.</param>
/// <param name="ResetsAt">When what was used stops counting: the period's end, or when a sliding window has passed it all. Null: with the session.</param>
public sealed record BudgetState(
    string Name, BudgetUnit Unit, BudgetWindow Window, BudgetScope Scope, string Subject, decimal? Limit, decimal Used, decimal Held, DateTimeOffset? ResetsAt)
{
    /// <summary>
    /// Whether <see cref="Limit"/> is known. False in a list, with a limit of null, of a tier's limit for a user whose tier only calls say: neither <see cref="BudgetOptions.TierOf"/>
    /// nor <see cref="BudgetOptions.DefaultTier"/>.
    /// </summary>
    public bool IsLimitKnown { get; init; } = true;

    /// <summary>What a call may still use: never below 0; null: unlimited.</summary>
    public decimal? Remaining => Limit is { } limit ? Math.Max(0, limit - Used - Held) : null;

    /// <summary>What was used, of 100; null: unlimited. Of a limit of 0: 100.</summary>
    public decimal? PercentUsed => Limit is { } limit ? limit == 0 ? 100 : 100 * Used / limit : null;
}
