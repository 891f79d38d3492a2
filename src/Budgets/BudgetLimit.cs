namespace LlmTelemetry.Budgets;

/// <summary>One limit: so much of a unit, in a window, for each of a scope. Immutable; checked when options are used.</summary>
/// <param name="Name">Names it in errors, metrics, the store and the command line. Letters, digits, <c>.</c>, <c>_</c> and <c>-</c>; at most 64. Reserved: <c>daily_tokens</c>, <c>tier.</c> and what begins so.</param>
/// <param name="Unit">What is counted.</param>
/// <param name="Amount">How much; USD with at most 9 decimals, else whole. Null: unlimited, which counts and never refuses. At most 9,007,199 USD, or 2^53 of other units.</param>
/// <param name="Window">Over what time.</param>
/// <param name="Per">Whom each has it for itself. Default: all calls together.</param>
public sealed record BudgetLimit(string Name, BudgetUnit Unit, decimal? Amount, BudgetWindow Window, BudgetScope Per = BudgetScope.Global)
{
    /// <summary>Only calls with these values: <c>{ Model: "gpt-5" }</c>. A key names one scope. Default: all.</summary>
    public IReadOnlyDictionary<BudgetScope, string> Only { get; init; } = new Dictionary<BudgetScope, string>();

    /// <summary>What becomes of calls while the store cannot be asked. Null, the default: as <see cref="BudgetOptions.OnStoreFailure"/>.</summary>
    public StoreFailurePolicy? OnStoreFailure { get; init; }

    /// <summary>Whether it only records what it would have refused. Default false.</summary>
    public bool Shadow { get; init; }
}
