namespace LlmTelemetry.Budgets;

/// <summary>What a user may still use.</summary>
/// <param name="User">The user.</param>
/// <param name="Tier">The user's tier; null: none.</param>
/// <param name="Daily">The user's limit by the day; of several the one with the least left, by share. Null: none.</param>
/// <param name="Monthly">The same by the month.</param>
/// <param name="Limits">All limits of the user.</param>
/// <param name="IsStale">Whether the store could not be asked, so that used and held read 0.</param>
public sealed record BudgetQuota(string User, string? Tier, BudgetState? Daily, BudgetState? Monthly, IReadOnlyList<BudgetState> Limits, bool IsStale = false);
