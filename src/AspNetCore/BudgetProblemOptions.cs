using LlmTelemetry.Budgets;

namespace LlmTelemetry.AspNetCore;

/// <summary>What a caller is told of a refusal.</summary>
public sealed class BudgetProblemOptions
{
    /// <summary>
    /// Whether the answer tells the limit's figures: limit, used, held, remaining. Default: where the limit is per user or per session, whose figures are the
    /// caller's own; those of all calls, a tenant, a tier, a model would tell what others use. Name, unit, window and times are always told, subjects never.
    /// </summary>
    public Func<BudgetState, bool> ShowFigures
    {
        get;
        set => field = value ?? throw new ArgumentNullException(nameof(value));
    }
    = static state => (state.Scope & (BudgetScope.User | BudgetScope.Session)) != 0;
}
