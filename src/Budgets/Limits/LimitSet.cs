using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>The limits of one version of the options, checked; finds those that apply to a call. Immutable: a change of options makes another one.</summary>
internal sealed class LimitSet
{
    /// <exception cref="ArgumentException">A limit or tier is wrong; names the setting, the value and what would be right.</exception>
    public static LimitSet Of(BudgetOptions options, TimeZoneInfo timeZone) => throw new NotImplementedException("guard");

    /// <summary>All limits, tiers' included: what is announced.</summary>
    public IReadOnlyList<BudgetLimit> All => throw new NotImplementedException("guard");

    /// <summary>Those that apply, each counter once.</summary>
    public IReadOnlyList<AppliedLimit> For(in CallSubject subject) => throw new NotImplementedException("guard");
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
internal sealed record AppliedLimit(BudgetLimit Limit, CounterKey Counter);
