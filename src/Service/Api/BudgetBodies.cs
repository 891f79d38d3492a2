using LlmTelemetry.Budgets;

namespace LlmTelemetry.Service;

/// <summary>Where a limit stands for one subject, as <c>llmtelemetry budget list --json</c> says it.</summary>
/// <param name="Name">The limit.</param>
/// <param name="Per">Whom each has it for itself: global, user, user,model ...</param>
/// <param name="Subject">Whose it is; empty: of all calls.</param>
/// <param name="Unit">What it counts.</param>
/// <param name="Window">Over what time.</param>
/// <param name="Limit">How much; null: unlimited, unless it is not known.</param>
/// <param name="LimitKnown">Whether the limit is known: a user's tier may be known to the application alone.</param>
/// <param name="Used">How much was used.</param>
/// <param name="Held">How much calls under way may use at most.</param>
/// <param name="Remaining">How much is left; null: unlimited.</param>
/// <param name="ResetsAt">When it counts anew; null: never by itself.</param>
internal sealed record BudgetBody(
    string Name, string Per, string Subject, string Unit, string Window, decimal? Limit, bool LimitKnown, decimal Used, decimal Held, decimal? Remaining, DateTimeOffset? ResetsAt)
{
    public static BudgetBody Of(BudgetState state) => new(
        state.Name, state.Scope.Word(), state.Subject, state.Unit.Word(), state.Window.ToString(), state.Limit, state.IsLimitKnown, state.Used, state.Held, state.Remaining, state.ResetsAt?.ToUniversalTime());
}

/// <summary>What a user may still use.</summary>
/// <param name="User">The user.</param>
/// <param name="Tier">The user's tier; null: none.</param>
/// <param name="Daily">The name of the limit by the day with the least left; null: none.</param>
/// <param name="Monthly">The same by the month.</param>
/// <param name="IsStale">Whether the store of budgets could not be asked, so that used and held read 0.</param>
/// <param name="Limits">All limits of the user.</param>
internal sealed record QuotaBody(string User, string? Tier, string? Daily, string? Monthly, bool IsStale, IReadOnlyList<BudgetBody> Limits)
{
    public static QuotaBody Of(BudgetQuota quota) =>
        new(quota.User, quota.Tier, quota.Daily?.Name, quota.Monthly?.Name, quota.IsStale, [.. quota.Limits.Select(BudgetBody.Of)]);
}

/// <summary>Another amount for a limit.</summary>
/// <param name="Amount">How much, in the limit's unit; null: unlimited.</param>
internal sealed record OverrideBody(decimal? Amount);
